#include <string>

#include <catch2/catch.hpp>

#include "core/limits.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

TEST_CASE("what was appended and published is read, with its sequences and times", "[journal]") {
    const temporary_directory directory;
    const std::string path = GENERATE(false, true) ? directory / "journal" : ":memory:";
    const auto log = open_journal(small_journal(path));
    const std::uint16_t hq = *log->pbx_index("hq");
    const std::uint16_t branch = *log->pbx_index("branch");
    CHECK(log->next_pbx_sequence(hq) == 1);

    const auto room = log->room(5);
    REQUIRE(room);
    CHECK(room->size() >= 5);
    std::string("hello").copy(room->data(), 5);
    record_header header{event_type::call_answered, at_second(7), branch, true, {}};
    header.attributes[static_cast<std::size_t>(attribute::id)] = {1, 3};
    log->commit(header, 5, at_second(9));
    append(*log, hq, "second");

    const auto reader = open_reader(*log, "");
    CHECK_FALSE(reader->next()->has_value());
    log->publish();
    const auto first = **reader->next();
    CHECK(first.payload == "hello");
    CHECK(first[attribute::id] == "ell");
    CHECK(first[attribute::data].empty());
    CHECK(first.type == event_type::call_answered);
    CHECK(first.pbx == "branch");
    CHECK(first.escaped);
    CHECK(first.sequence == 1);
    CHECK(first.pbx_sequence == 1);
    CHECK(first.time == at_second(7));
    CHECK(first.recorded_time == at_second(9));

    const auto second = **reader->next();
    CHECK(second.payload == "second");
    CHECK(second.pbx == "hq");
    CHECK_FALSE(second.escaped);
    CHECK(second.sequence == 2);
    CHECK(second.pbx_sequence == 1);
    CHECK(second.position == first.position_next);
    CHECK_FALSE(reader->next()->has_value());
    CHECK(log->next_pbx_sequence(hq) == 2);
}

TEST_CASE("the recorded time never goes backwards", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    const std::uint16_t hq = *log->pbx_index("hq");
    REQUIRE(try_append(*log, hq, "a", at_second(50)));
    CHECK(log->next_recorded_time(at_second(40)) == at_second(50));
    REQUIRE(try_append(*log, hq, "b", at_second(40)));
    log->publish();
    const auto reader = open_reader(*log, "");
    CHECK((*reader->next())->recorded_time == at_second(50));
    const auto second = **reader->next();
    CHECK(second.time == at_second(40));
    CHECK(second.recorded_time == at_second(50));
}

TEST_CASE("a payload may be empty, and as large as a record may be, but no larger", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    const std::uint16_t hq = *log->pbx_index("hq");
    const std::string largest = payload_of(1, limits::record_size_max);
    append(*log, hq, "");
    append(*log, hq, largest);
    log->publish();
    CHECK(log->room(limits::record_size_max + 1).error().code == errc::too_large);
    const auto reader = open_reader(*log, "");
    CHECK(read_payloads(*reader) == std::vector<std::string>{"", largest});
}

TEST_CASE("room that is not committed leaves nothing behind", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    const std::uint16_t hq = *log->pbx_index("hq");
    append(*log, hq, "a");
    const auto room = log->room(1000);
    std::fill(room->begin(), room->end(), 'x');
    append(*log, hq, "b");
    log->publish();
    const auto reader = open_reader(*log, "");
    CHECK(read_payloads(*reader) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a journal goes on over many segments", "[journal]") {
    const temporary_directory directory;
    const std::string path = GENERATE(false, true) ? directory / "journal" : ":memory:";
    const auto log = open_journal(small_journal(path));
    const std::uint16_t hq = *log->pbx_index("hq");
    const auto reader = open_reader(*log, "sink");
    std::uint64_t position = 0;
    for (std::uint64_t number = 0; number < 1500; ++number) {
        append(*log, hq, payload_of(number, 100'000));
        log->publish();
        const auto next = reader->next();
        REQUIRE(next);
        REQUIRE(*next);
        REQUIRE((*next)->payload == payload_of(number, 100'000));
        REQUIRE((*next)->position >= position);
        position = (*next)->position_next;
        REQUIRE(reader->acknowledge(position));
        log->reclaim(at_second(1000));
    }
    CHECK(log->usage().position_next == log->published());
    CHECK(log->usage().position_next > std::uint64_t{64} << 20);
    CHECK(log->usage().segment_count <= 2);
}

TEST_CASE("a journal goes on where it ended, in a later epoch", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "deep/er/journal");
    const std::string long_name(limits::position_name_size_max, 'n');
    std::uint32_t epoch = 0;
    std::uint64_t published = 0;
    {
        const auto log = open_journal(settings);
        epoch = log->epoch();
        const std::uint16_t hq = *log->pbx_index("hq");
        append_numbers(*log, hq, 0, 3);
        REQUIRE(log->set_position("poll.hq.cdr", "17"));
        REQUIRE(log->set_position("poll.hq.cdr", "18"));
        REQUIRE(log->set_position("poll.old", "1"));
        REQUIRE(log->set_position("poll.old", ""));
        CHECK_FALSE(log->position("poll.old").has_value());
        REQUIRE(log->set_position(long_name, "19"));
        append_numbers(*log, hq, 3, 4);
        log->publish();
        published = log->published();
    }
    const auto log = open_journal(settings);
    CHECK(log->position(long_name) == "19");
    CHECK(log->epoch() > epoch);
    CHECK(log->published() > published);
    CHECK(log->durable() == log->published());
    CHECK(log->position("poll.hq.cdr") == "18");
    CHECK_FALSE(log->position("poll.hq").has_value());
    CHECK_FALSE(log->position("poll.old").has_value());
    CHECK(log->next_recorded_time(at_second(0)) == at_second(1000));
    CHECK(*log->pbx_index("branch") == 1);
    CHECK(*log->pbx_index("hq") == 0);
    CHECK(log->next_pbx_sequence(0) == 5);
    append_numbers(*log, 0, 4, 5);
    const auto reader = open_reader(*log, "");
    CHECK(read_payloads(*reader) == payloads_of(0, 5));
}

TEST_CASE("a second writer is refused until the first is gone", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    auto log = open_journal(settings);
    CHECK(journal::open(settings).error().code == errc::invalid_state);
    log.reset();
    CHECK(journal::open(settings));
}

TEST_CASE("settings that cannot work are refused", "[journal]") {
    auto settings = small_journal(":memory:");
    settings.max_bytes = limits::segment_size_min;
    CHECK(journal::open(settings).error().code == errc::bad_config);
    settings = small_journal(":memory:");
    settings.segment_bytes = 100;
    CHECK(journal::open(settings).error().code == errc::bad_config);
    CHECK(journal::open(small_journal("")).error().code == errc::bad_config);
    CHECK(journal::open(small_journal("/dev/null/journal")).error().code == errc::io);
}
