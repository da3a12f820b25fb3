#include <filesystem>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "core/cursor_file.h"
#include "core/journal_directory.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

void spoil(const std::string& path, std::size_t offset) {
    std::fstream target(path, std::ios::binary | std::ios::in | std::ios::out);
    target.seekp(static_cast<std::streamoff>(offset));
    target.write("\xff\xff\xff\xff", 4);
}

}  // namespace

TEST_CASE("a cursor is what was stored last; a torn slot leaves the one before", "[journal]") {
    const temporary_directory directory;
    const std::string path = directory / "cursor";
    {
        auto made = cursor_file::open(path);
        REQUIRE(made);
        CHECK(made->found().state == cursor_state::none);
        for (std::uint64_t i = 1; i <= 5; ++i)
            REQUIRE(made->store({i * 1000, i}));
    }
    const auto whole = read_cursor(path);
    REQUIRE(whole);
    CHECK(whole->value.position == 5000);
    CHECK(whole->value.sequence_next == 5);

    const std::size_t newer = 512;  // the fifth is in the second slot
    spoil(path, newer + 16);
    const auto before = read_cursor(path);
    CHECK(before->state == cursor_state::valid);
    CHECK(before->value.position == 4000);
    spoil(path, 0);
    CHECK(read_cursor(path)->state == cursor_state::damaged);
}

TEST_CASE("a cursor cut anywhere is one of those stored, or known to be damaged", "[journal]") {
    const temporary_directory directory;
    const std::string path = directory / "cursor";
    for (std::size_t size = 0; size < 552; ++size) {
        auto made = cursor_file::open(path);
        REQUIRE(made->store({1, 1}));
        REQUIRE(made->store({2, 2}));
        std::filesystem::resize_file(path, size);
        const auto found = read_cursor(path);
        REQUIRE(found);
        if (size == 0) REQUIRE(found->state == cursor_state::none);
        if (found->state == cursor_state::valid) REQUIRE(found->value.position <= 2);
        std::filesystem::remove(path);
    }
}

TEST_CASE("a reader whose cursor is damaged begins at the oldest record", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 5);
        const auto reader = open_reader(*log, "sink");
        REQUIRE(read_payloads(*reader, true).size() == 5);
    }
    spoil(cursor_path(settings.path, "sink"), 20);
    spoil(cursor_path(settings.path, "sink"), 532);
    const auto log = open_journal(settings);
    const auto reader = open_reader(*log, "sink", start_at::newest);
    CHECK(reader->skipped_count() == 0);
    CHECK(read_payloads(*reader) == payloads_of(0, 5));
}

TEST_CASE("a cursor beyond the end of a journal is set back to it", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 5);
        const auto reader = open_reader(*log, "sink");
        REQUIRE(read_payloads(*reader, true).size() == 5);
    }
    // The machine lost the events, but not the cursor.
    std::filesystem::remove(segment_file(settings.path, 0));
    const auto log = open_journal(settings);
    append_numbers(*log, *log->pbx_index("hq"), 10, 12);
    const auto reader = open_reader(*log, "sink");
    CHECK(read_payloads(*reader) == payloads_of(10, 12));
}
