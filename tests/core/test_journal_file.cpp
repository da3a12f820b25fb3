#include <algorithm>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

#include "core/journal_directory.h"
#include "core/journal_file.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

std::vector<std::string> follow(journal_follower& follower) {
    std::vector<std::string> payloads;
    for (;;) {
        const auto next = follower.next();
        ensure(next.has_value(), "a sound journal can be followed");
        if (!*next) return payloads;
        payloads.emplace_back((*next)->payload);
    }
}

std::unique_ptr<journal_follower> open_follower(const std::string& path, bool from_start) {
    auto opened = journal_follower::open(path, from_start);
    ensure(opened.has_value(), "a follower for a test opens");
    return std::move(*opened);
}

}  // namespace

TEST_CASE("an inspection lists segments, cursors and positions", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    REQUIRE(log->set_position("poll.hq.cdr", "1"));
    const auto reader = open_reader(*log, "kafka");
    const auto unused = open_reader(*log, "redis");
    append_numbers(*log, hq, 0, 60, 100'000);
    REQUIRE(log->set_position("poll.hq.cdr", "2"));
    for (int i = 0; i < 5; ++i)
        REQUIRE(reader->next()->has_value());
    REQUIRE(reader->acknowledge(reader->position()));
    REQUIRE(try_append(*log, hq, "late", at_second(2000)));
    log->publish();

    const auto report = inspect_journal(settings.path);
    REQUIRE(report);
    CHECK(report->faults.empty());
    CHECK(report->event_count == 61);
    REQUIRE(report->positions.size() == 1);
    CHECK(report->positions.front() == std::pair<std::string, std::string>("poll.hq.cdr", "2"));
    REQUIRE(report->cursors.size() == 2);
    CHECK(report->cursors.front().name == "kafka");
    CHECK(report->cursors.front().position == reader->acknowledged());
    CHECK(report->cursors.front().sequence_next == 6);
    CHECK(report->cursors.back().sequence_next == 1);
    REQUIRE(report->segments.size() == 2);
    const segment_summary& first = report->segments.front();
    const segment_summary& second = report->segments.back();
    CHECK(first.sealed);
    CHECK(first.bytes == limits::segment_size_min);
    CHECK(first.bytes_used <= first.bytes);
    CHECK(first.sequence_first == 1);
    CHECK(second.sequence_first == first.sequence_last + 1);
    CHECK(second.sequence_last == 61);
    CHECK(second.position_first == first.position_first + first.bytes);
    CHECK(second.position_first + second.bytes_used == log->published());
    CHECK(second.recorded_first == at_second(1000));
    CHECK(second.recorded_last == at_second(2000));
    CHECK_FALSE(second.sealed);
}

TEST_CASE("an inspection of what is not there says so, and finds damaged cursors", "[journal]") {
    const temporary_directory directory;
    CHECK(inspect_journal(directory / "nothing").error().code == errc::not_found);
    CHECK(inspect_journal(directory.path())->segments.empty());
    {
        const auto log = open_journal(small_journal(directory.path()));
        const auto reader = open_reader(*log, "sink");
    }
    std::filesystem::resize_file(cursor_path(directory.path(), "sink"), 20);
    CHECK(inspect_journal(directory.path())->faults.size() == 1);
}

TEST_CASE("a follower sees what is written, from the start or from the end", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    append_numbers(*log, hq, 0, 60, 100'000);
    const auto start = open_follower(settings.path, true);
    const auto end = open_follower(settings.path, false);
    CHECK(follow(*start) == payloads_of(0, 60, 100'000));
    CHECK(follow(*end).empty());
    for (std::uint64_t number = 60; number < 160; ++number) {
        append_numbers(*log, hq, number, number + 1, 100'000);
        REQUIRE(follow(*start) == payloads_of(number, number + 1, 100'000));
        const auto next = end->next();
        REQUIRE(next);
        REQUIRE(*next);
        REQUIRE((*next)->payload == payload_of(number, 100'000));
        REQUIRE((*next)->pbx == "hq");
        REQUIRE((*next)->sequence == number + 1);
    }
}

TEST_CASE("a follower goes on at the oldest when what it would read is deleted", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    append_numbers(*log, hq, 0, 10, 100'000);
    const auto follower = open_follower(settings.path, true);
    REQUIRE(follower->next()->has_value());
    for (std::uint64_t number = 10; number < 2000; ++number)
        append_numbers(*log, hq, number, number + 1, 100'000);
    const auto payloads = follow(*follower);
    // The rest of the segment that it had open, then what is left.
    CHECK(payloads.front() == payload_of(1, 100'000));
    CHECK(payloads.back() == payload_of(1999, 100'000));
    CHECK(payloads.size() < 1999);
}

TEST_CASE("a follower waits for a journal that holds nothing yet, and outlives its writer",
          "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory.path());
    CHECK(journal_follower::open(directory / "nothing", true).error().code == errc::not_found);
    const auto follower = open_follower(settings.path, false);
    CHECK(follow(*follower).empty());
    for (std::uint64_t run = 0; run < 3; ++run) {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), run * 3, run * 3 + 3);
        CHECK(follow(*follower) == payloads_of(run * 3, run * 3 + 3));
    }
    CHECK(follow(*follower).empty());
}
