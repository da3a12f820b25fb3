#include <string>

#include <catch2/catch.hpp>

#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

TEST_CASE("a named reader goes on behind what it acknowledged", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 10);
        const auto reader = open_reader(*log, "kafka.main");
        for (int i = 0; i < 4; ++i)
            REQUIRE(reader->next()->has_value());
        REQUIRE(reader->acknowledge(reader->position()));
        REQUIRE(reader->next()->has_value());
    }
    const auto log = open_journal(settings);
    const auto reader = open_reader(*log, "kafka.main", start_at::newest);
    CHECK(reader->skipped_count() == 0);
    CHECK(read_payloads(*reader) == payloads_of(4, 10));
}

TEST_CASE("a new reader begins at the oldest record or behind the newest", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    append_numbers(*log, *log->pbx_index("hq"), 0, 3);
    const auto oldest = open_reader(*log, "a", start_at::oldest);
    const auto newest = open_reader(*log, "b", start_at::newest);
    append_numbers(*log, 0, 3, 5);
    CHECK(read_payloads(*oldest) == payloads_of(0, 5));
    CHECK(read_payloads(*newest) == payloads_of(3, 5));
}

TEST_CASE("a reader's name is its own, and can name a file", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    const auto first = open_reader(*log, "sink");
    CHECK(journal_reader::open(*log, "sink", start_at::oldest).error().code == errc::invalid_state);
    for (const char* name : {"../sink", ".", "a/b", "a b"})
        CHECK(journal_reader::open(*log, name, start_at::oldest).error().code == errc::bad_config);
}

TEST_CASE("a reader goes back and reads the same again", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    append_numbers(*log, *log->pbx_index("hq"), 0, 200, 100'000);
    const auto reader = open_reader(*log, "sink");
    const auto first = **reader->next();
    CHECK(read_payloads(*reader) == payloads_of(1, 200, 100'000));
    CHECK(first.payload == payload_of(0, 100'000));
    reader->seek(first.position_next);
    CHECK(read_payloads(*reader) == payloads_of(1, 200, 100'000));
    reader->seek(first.position);
    CHECK(read_payloads(*reader) == payloads_of(0, 200, 100'000));
    reader->seek(log->published());
    CHECK_FALSE(reader->next()->has_value());
}

TEST_CASE("what was not read cannot be acknowledged", "[journal]") {
    const auto log = open_journal(small_journal(":memory:"));
    append_numbers(*log, *log->pbx_index("hq"), 0, 2);
    const auto reader = open_reader(*log, "sink");
    REQUIRE(reader->next()->has_value());
    CHECK(reader->acknowledge(log->published()).error().code == errc::invalid_state);
    CHECK(reader->acknowledge(reader->position()));
    CHECK(reader->acknowledged() == reader->position());
}
