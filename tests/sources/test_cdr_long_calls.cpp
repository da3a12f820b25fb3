// Calls that last longer than what is read again for such as last.
#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/sources/cdr_poller_fixture.h"

using namespace callstream;
using namespace callstream::test;

namespace {

// Hours of short calls, one in ten minutes, each asked for a minute after it began.
long pass_time(polled_table& one, long from, long hours) {
    const long end = from + hours * 3600;
    for (long second = from + 600; second < end; second += 600) {
        one.pbx.rows.push_back(call(second, 10));
        one.run(at(second + 60));
    }
    return end;
}

// A week of calls, one each `interval`, which is told.
long fill_week(polled_table& one, long interval) {
    one.settings.call_longest = std::chrono::hours(1);
    one.settings.interval = one.settings.interval_busy = seconds(30);
    const long now = 7 * 86'400;
    for (long second = 0; second < now; second += interval)
        one.pbx.rows.push_back(call(second, 10));
    one.run(at(now));
    return now;
}

struct walked {
    int answers = 0;
    std::size_t behind = 0;  // calls that had ended and were not told
    std::size_t behind_most = 0;
};

// Of a look back so many answers, if it takes as many; each takes ten seconds, in which a call
// ends.
walked walk_on(polled_table& one, long from, int answers) {
    walked seen;
    for (; seen.answers < answers && one.poller->wait().count() == 0; ++seen.answers, from += 10) {
        one.pbx.rows.push_back(call(from + 5, 3));
        one.run(at(from + 10), 1);
        seen.behind = one.pbx.rows.size() - one.side.told.size();
        seen.behind_most = std::max(seen.behind_most, seen.behind);
    }
    return seen;
}

}  // namespace

TEST_CASE("a call longer than any that is read again is asked for by its length", "[poll]") {
    polled_table one;
    one.pbx.filters = true;
    one.settings.call_longest = std::chrono::hours(4);
    one.settings.call_interval = minutes(15);
    one.pbx.rows.push_back(call(0, 10));
    one.run(at(100));
    REQUIRE(one.side.told.size() == 1);
    // It began with the first one, and lasts for nine hours; meanwhile there are others.
    const long end = pass_time(one, 0, 9);
    const std::size_t before = one.side.told.size();
    one.pbx.rows.push_back(call(5, end - 5));
    one.run(at(end + 60));
    one.run(at(end + 3700));
    CHECK(one.side.told.size() == before + 1);
    CHECK(one.side.told.back() == "c5");
    // Once an hour, and for nothing but long ones.
    const auto asks = std::count_if(
        one.pbx.questions.begin(), one.pbx.questions.end(),
        [](const cdr_question& each) { return each.duration_min == std::chrono::hours(2); });
    CHECK(asks >= 9);
    CHECK(asks <= 11);
}

TEST_CASE("of an API that knows no length the last week is read again twice a day", "[poll]") {
    polled_table one;
    one.settings.call_longest = std::chrono::hours(4);
    one.settings.call_interval = minutes(15);
    one.pbx.page_size = 100'000;
    one.pbx.rows.push_back(call(0, 10));
    one.run(at(100));
    const long end = pass_time(one, 0, 9);
    one.pbx.rows.push_back(call(5, end - 5));  // began with the first one, and nobody saw it end
    const long later = pass_time(one, end, 2);
    CHECK(std::count(one.side.told.begin(), one.side.told.end(), "c5") == 0);
    pass_time(one, later, 2);
    CHECK(std::count(one.side.told.begin(), one.side.told.end(), "c5") == 1);
    // Once: no other window began before all calls, and few are needed for a week without any.
    const auto walked =
        std::count_if(one.pbx.questions.begin(), one.pbx.questions.end(),
                      [](const cdr_question& each) { return each.window.from < at(-1); });
    CHECK(walked >= 1);
    CHECK(walked <= 30);
}

TEST_CASE("a long call is found that ended while nobody looked for days", "[poll]") {
    polled_table one;
    one.settings.call_longest = std::chrono::hours(4);
    one.pbx.rows.push_back(call(0, 10));
    one.run(at(100));
    const long stopped = pass_time(one, 0, 10);
    const long now = stopped + 3 * 86'400;
    one.pbx.rows.push_back(call(5, stopped + 3600));  // ten hours, and one without us
    for (long second = stopped + 7200; second < now; second += 600)
        one.pbx.rows.push_back(call(second, 10));
    one.begin();
    one.run(at(now));
    CHECK(std::count(one.side.told.begin(), one.side.told.end(), "c5") == 1);
    CHECK(one.side.told.size() == one.pbx.rows.size());
    CHECK(one.in_order());
}

TEST_CASE("the news does not wait until a week was read again", "[poll]") {
    polled_table one;
    one.settings.row_count_max = 50;
    const long now = fill_week(one, 300);
    SECTION("for calls that nobody saw") {
        one.begin();  // a restart: the week is due
        one.run(at(now + 60));
        one.run(at(now + 1000), 2);
    }
    SECTION("for a call that was seen to end") {
        one.poller->note_ended(at(86'400), at(now));
        one.run(at(now + 1000), 2);
    }
    const walked seen = walk_on(one, now + 1000, 60);
    CHECK(seen.answers > 20);
    CHECK(seen.behind_most <= 8);
    CHECK(one.poller->counters().forgotten == 0);
}

TEST_CASE("windows of a week hold little however far back has been looked before", "[poll]") {
    polled_table one;
    one.pbx.page_size = 100;
    const long now = fill_week(one, 60);
    const long due = now + 12 * 3600;
    for (long second = now; second < due; second += 900)
        one.run(at(second));
    one.run(at(due), 2);
    const walked seen = walk_on(one, due, 80);
    CHECK(seen.answers == 80);
    CHECK(seen.behind_most <= 20);
}

TEST_CASE("so much news that it is a past to fill does not wait for a week either", "[poll]") {
    polled_table one;
    one.settings.row_count_max = 50;
    one.pbx.page_size = GENERATE(std::size_t{20}, std::size_t{1000});
    const long now = fill_week(one, 300);
    one.poller->note_ended(at(86'400), at(now));
    one.run(at(now + 1000), 2);
    for (long second = 0; second < 200; ++second)
        one.pbx.rows.push_back(call(now + 700 + second, 3, "many" + std::to_string(second)));
    const walked seen = walk_on(one, now + 1000, 45);
    CHECK(seen.answers == 45);
    CHECK(seen.behind <= 20);
}

TEST_CASE("a long call that was seen to end is told with the next look back", "[poll]") {
    polled_table one;
    one.settings.call_longest = std::chrono::hours(4);
    one.settings.call_interval = minutes(15);
    one.pbx.rows.push_back(call(0, 10));
    one.run(at(100));
    const long end = pass_time(one, 0, 6);
    one.poller->note_ended(at(5), at(end));
    one.poller->note_ended(at(end - 7200), at(end));  // found in any case
    one.run(at(end + 30));
    one.pbx.rows.push_back(call(5, end - 5));  // its row comes later
    one.run(at(end + 1000));
    CHECK(one.side.told.back() == "c5");
    one.run(at(end + 2000));
    CHECK(std::none_of(one.pbx.questions.end() - 2, one.pbx.questions.end(),
                       [](const cdr_question& each) { return each.window.from <= at(5); }));
    CHECK(std::count(one.side.told.begin(), one.side.told.end(), "c5") == 1);
}

TEST_CASE("long calls that end all the time are looked for until their rows are written",
          "[poll]") {
    polled_table one;
    one.settings.call_longest = std::chrono::hours(4);
    one.settings.call_interval = minutes(15);
    one.pbx.page_size = 100'000;
    one.run(at(0));
    int far = 0;
    for (long second = 300; second < 30 * 86'400; second += 300) {
        one.pbx.questions.clear();
        one.poller->note_ended(at(second - 5 * 3600), at(second));
        if (second % 3600 == 0) one.pbx.rows.push_back(call(second - 10, 5));
        one.run(at(second));
        REQUIRE(one.side.told.size() == one.pbx.rows.size());
        auto begin = at(second);
        for (const cdr_question& each : one.pbx.questions)
            begin = std::min(begin, each.window.from);
        REQUIRE(begin >= at(second - 7 * 86'400 - 6 * 3600));
        if (begin < at(second - 7 * 3600)) ++far;
    }
    CHECK(far <= 60);  // the week, which is read twice a day
}

TEST_CASE("a call is looked for no further back than a week", "[poll]") {
    constexpr long day = 86'400;
    polled_table one;
    one.settings.begin = at(30 * day);
    one.settings.call_interval = std::chrono::hours(60);
    one.pbx.rows.push_back(call(30 * day, 10));
    one.run(at(30 * day + 60));
    one.poller->note_ended(at(24 * day), at(30 * day + 60));
    one.pbx.rows.push_back(call(32 * day - 100, 10));
    one.run(at(32 * day));
    one.pbx.questions.clear();
    one.run(at(33 * day));
    auto begin = at(33 * day);
    for (const cdr_question& each : one.pbx.questions)
        begin = std::min(begin, each.window.from);
    CHECK(begin < at(26 * day));
    CHECK(begin >= at(25 * day - 3600));
}

TEST_CASE("a clock that was years ahead delays nothing once it is set right", "[poll]") {
    polled_table one;
    one.settings.call_longest = std::chrono::hours(4);
    one.pbx.filters = GENERATE(true, false);
    const long lasts = GENERATE(3L, 9L) * 3600;
    one.pbx.rows.push_back(call(0, 10));
    one.run(at(100));
    one.run(at(4 * 366 * 86'400L));
    const long end = pass_time(one, 0, lasts / 3600);
    one.pbx.rows.push_back(call(5, end - 5));
    pass_time(one, end, 13);
    CHECK(std::count(one.side.told.begin(), one.side.told.end(), "c5") == 1);
}

TEST_CASE("a long call that waits to be told takes the position back no further than others",
          "[poll]") {
    polled_table one;
    one.pbx.filters = true;
    one.settings.call_longest = std::chrono::hours(4);
    constexpr long days = 3 * 86'400;
    for (long second = 10; second < days; second += 600)
        one.pbx.rows.push_back(call(second, 10));
    one.run(at(days));
    one.pbx.rows.push_back(call(5, days + 3600));  // ends while nobody looks
    one.begin();
    const auto least = (at(days) - std::chrono::hours(5)).time_since_epoch().count();
    for (int turn = 0; turn < 100; ++turn) {
        one.run(at(days + 7200), 1);
        REQUIRE(std::stoll(one.side.kept.at("poll.cdr")) >= least);
    }
    CHECK(one.side.told.back() == "c5");
    CHECK(one.in_order());
}
