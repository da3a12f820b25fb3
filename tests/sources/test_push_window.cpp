#include <vector>

#include <catch2/catch.hpp>

#include "core/publisher.h"
#include "sources/push_window.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

using part = push_window::known_part;

constexpr std::chrono::milliseconds start{1000};

// A journal on disk with one PBX, and the window of its reports; may be opened again.
struct running {
    explicit running(const temporary_directory& directory)
        : events(*open(directory)),
          pbx(*publisher::open(*events, clock, "hq")),
          window(*push_window::open(*events, *events->pbx_index("hq"), start)) {}

    static result<std::unique_ptr<journal>> open(const temporary_directory& directory) {
        journal_settings settings;
        settings.path = directory / "journal";
        settings.max_bytes = 16 << 20;
        return journal::open(settings);
    }
    // A report of two events, or of as many as got in.
    push_window::entry take(std::uint64_t digest, int event_count = 2) {
        const auto entered = window.enter(digest, {});
        REQUIRE(entered.has_value());
        event told;
        told.data = vendor_data();
        for (int i = 0; i < event_count; ++i)
            pbx->publish(told);
        events->publish();
        return *entered;
    }
    void answer(const push_window::entry& report) { window.answer(report); }

    batch_clock clock;
    std::unique_ptr<journal> events;
    std::unique_ptr<publisher> pbx;
    push_window window;
};

}  // namespace

TEST_CASE("what was answered or refused is not waited for", "[push]") {
    const temporary_directory directory;
    {
        running first(directory);
        first.answer(first.take(1));
        CHECK_FALSE(first.window.take(1, start));
        first.window.end(first.take(2));
    }
    running second(directory);
    CHECK_FALSE(second.window.take(2, start));
}

TEST_CASE("what was in flight at a crash is known once, in part if it was the last", "[push]") {
    const temporary_directory directory;
    {
        running first(directory);
        first.answer(first.take(1));
        first.take(2);
        const auto third = first.take(3);
        const auto fourth = first.take(4);
        first.take(5);
        first.answer(fourth);
        first.answer(third);
        first.take(6, 1);
    }
    {
        running second(directory);
        CHECK(second.window.doubtful_count() == 4);
        CHECK_FALSE(second.window.take(1, start));  // others have used their slots
        CHECK_FALSE(second.window.take(3, start));
        const auto answered = second.window.take(4, start);
        REQUIRE(answered.has_value());
        CHECK(answered->part == part::answered);
        second.window.end(answered->which);
        const auto last = second.window.take(6, start);
        REQUIRE(last.has_value());
        CHECK(last->part == part::some);
        second.window.end(last->which);
        second.answer(second.take(7));
    }
    // Another crash before their senders came again changes nothing for the others.
    running third(directory);
    CHECK(third.window.doubtful_count() == 3);  // and 7, whose answer may not have left
    for (const std::uint64_t digest : {2U, 5U}) {
        const auto known = third.window.take(digest, start);
        REQUIRE(known.has_value());
        CHECK(known->part == part::all);
        CHECK_FALSE(third.window.take(digest, start));
    }
}

TEST_CASE("an answer that left is known after a kill before its journal was published", "[push]") {
    const temporary_directory killed;
    const temporary_directory directory;
    {
        running first(directory);
        first.take(1);
        first.answer(first.take(2));
        std::filesystem::copy(directory / "journal", killed / "journal",
                              std::filesystem::copy_options::recursive);
    }
    for (int restart = 0; restart < 2; ++restart) {
        running second(killed);
        CHECK(second.window.doubtful_count() == 2);
        const auto answered = second.window.take(2, start);
        REQUIRE(answered.has_value());
        CHECK(answered->part == part::answered);
    }
}

TEST_CASE("a report nobody could be told of is waited for, but not for ever", "[push]") {
    const temporary_directory directory;
    running here(directory);
    here.window.expect_again({here.take(1), part::all}, start);
    here.window.expect_again({here.take(1), part::all}, start);
    CHECK(here.window.take(1, start + std::chrono::minutes(5)).has_value());
    CHECK_FALSE(here.window.take(1, start + std::chrono::minutes(15)));
    CHECK(here.window.doubtful_count() == 0);
}

TEST_CASE("what got in only in part is so after a crash too", "[push]") {
    const temporary_directory directory;
    {
        running first(directory);
        first.window.expect_again({first.take(1, 1), part::some}, start);
        first.answer(first.take(2));
    }
    running second(directory);
    const auto known = second.window.take(1, start);
    REQUIRE(known.has_value());
    CHECK(known->part == part::some);
}

TEST_CASE("of the same bytes, the report that was not answered is the one that comes again",
          "[push]") {
    const temporary_directory directory;
    {
        running first(directory);
        const auto one = first.take(1);
        first.take(1);
        first.answer(one);
    }
    running second(directory);
    const auto known = second.window.take(1, start);
    REQUIRE(known.has_value());
    CHECK(known->part == part::some);
    const auto answered = second.window.take(1, start);
    REQUIRE(answered.has_value());
    CHECK(answered->part == part::answered);
}

TEST_CASE("an answer that never arrived makes the next of its bytes a repeat", "[push]") {
    const temporary_directory directory;
    running here(directory);
    const http_ticket ticket{7, 3, 1};
    const auto tell = [&](bool lost) {
        const auto report = here.take(1);
        here.answer(report);
        here.window.told(report, ticket, lost, start);
    };
    const auto comes_again = [&](std::chrono::milliseconds after, bool is_acknowledged) {
        return here.window.take_undelivered(
            1, start + after, [is_acknowledged](const http_ticket&) { return is_acknowledged; });
    };
    const std::chrono::seconds later{2};
    tell(false);
    CHECK_FALSE(comes_again(std::chrono::milliseconds(1), false));  // it may be on its way
    CHECK(comes_again(later, false));
    CHECK_FALSE(comes_again(later, false));
    tell(false);
    CHECK_FALSE(comes_again(later, true));
    CHECK_FALSE(comes_again(later, false));  // what was confirmed stays so
    tell(false);
    here.window.lose({7, 4, 0});  // another connection of the same place
    CHECK_FALSE(comes_again(later, true));
    tell(false);
    here.window.lose(ticket);
    CHECK_FALSE(here.window.take_undelivered(2, start, [](const http_ticket&) { return true; }));
    CHECK(comes_again(std::chrono::milliseconds(1), true));
    tell(true);
    CHECK(comes_again(later, true));
    tell(true);
    CHECK_FALSE(comes_again(std::chrono::minutes(15), true));
    CHECK_FALSE(comes_again(later, true));
}

TEST_CASE("a repeat takes over from a sender that is gone, and from no other", "[push]") {
    const temporary_directory directory;
    running here(directory);
    const auto report = here.take(1);
    CHECK_FALSE(here.window.take_over(1, [](const http_ticket&) { return true; }));
    const auto is_gone = [](const http_ticket&) { return false; };
    CHECK(here.window.take_over(1, is_gone).has_value());
    CHECK(here.window.is_taken_over(report));
    CHECK_FALSE(here.window.take_over(1, is_gone));
}

TEST_CASE("reports in flight are told apart, whichever end first", "[push]") {
    const temporary_directory directory;
    running here(directory);
    constexpr std::uint64_t far = push_window::in_flight_max;  // found in the same place as 1
    const auto first = here.take(1);
    const auto alike = here.take(1);
    const auto other = here.take(1 + far);
    const auto last = here.take(1);
    here.answer(alike);
    const auto is_gone = [](const http_ticket&) { return false; };
    const auto numbers = [&](std::uint64_t digest) {
        std::vector<std::uint64_t> found;
        while (const auto known = here.window.take_over(digest, is_gone))
            found.push_back(known->which.number);
        return found;
    };
    CHECK(numbers(1) == std::vector{last.number, first.number});
    CHECK(numbers(1 + far) == std::vector{other.number});
    CHECK(numbers(1).empty());
}

TEST_CASE("the window is bounded", "[push]") {
    const temporary_directory directory;
    running here(directory);
    push_window::entry first;
    for (std::uint64_t i = 0; i < push_window::in_flight_max; ++i) {
        const auto entered = here.take(i + 1, 0);
        if (i == 0) first = entered;
    }
    CHECK(here.window.full());
    CHECK_FALSE(here.window.enter(5000, {}));
    here.answer(first);
    CHECK_FALSE(here.window.full());
    CHECK(here.events->position("push.0.0").has_value());
    CHECK_FALSE(here.events->position("push.0." + std::to_string(push_window::in_flight_max)));
}

TEST_CASE("the slots of a burst are given up some time after it", "[push]") {
    const temporary_directory directory;
    {
        running here(directory);
        std::vector<push_window::entry> burst;
        for (std::uint64_t digest = 1; digest <= 200; ++digest)
            burst.push_back(here.take(digest));
        for (const push_window::entry& report : burst)
            here.answer(report);
        CHECK(here.events->position("push.0.199").has_value());
        CHECK_FALSE(here.window.take(1, start + std::chrono::seconds(5)));
        CHECK(here.events->position("push.0.199").has_value());
        CHECK_FALSE(here.window.take(1, start + std::chrono::seconds(20)));
        CHECK_FALSE(here.events->position("push.0.199").has_value());
        CHECK_FALSE(here.events->position("push.0.64").has_value());
        CHECK(here.events->position("push.0.63").has_value());
        CHECK(here.take(7).slot == 0);
    }
    running again(directory);
    CHECK(again.window.take(7, start).has_value());
}
