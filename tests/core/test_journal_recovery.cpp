#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/journal_directory.h"
#include "core/journal_file.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;

namespace {

std::string read_file(const std::string& path, std::size_t size = std::string::npos) {
    std::ifstream source(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(source), {});
    bytes.resize(std::min(size, bytes.size()));
    return bytes;
}

void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void flip(const std::string& path, std::size_t offset, int bit = 0) {
    std::fstream target(path, std::ios::binary | std::ios::in | std::ios::out);
    target.seekg(static_cast<std::streamoff>(offset));
    const int byte = target.get();
    target.seekp(static_cast<std::streamoff>(offset));
    target.put(static_cast<char>(byte ^ (1 << bit)));
}

// A journal of one segment, closed, and what is used of its file.
struct closed_journal {
    explicit closed_journal(std::uint64_t event_count) {
        const auto log = open_journal(settings);
        const std::uint16_t hq = *log->pbx_index("hq");
        append_numbers(*log, hq, 0, event_count - 1);
        ensure(log->set_position("poll.hq", "7").has_value(), "a position is set");
        last_offset = log->usage().position_next;
        append_numbers(*log, hq, event_count - 1, event_count);
        const std::size_t used = log->usage().position_next;
        bytes = read_file(file, used);
        // The position lies between; the last record proper begins behind it.
        const auto reader = open_reader(*log, "");
        while (const auto next = *reader->next())
            last_offset = next->position;
    }

    const temporary_directory directory;
    const journal_settings settings = small_journal(directory / "journal");
    const std::string file = segment_file(settings.path, 0);
    std::string bytes;
    std::size_t last_offset = 0;  // of the last event
};

enum class tear { cut_off, zeros, garbage };

std::string torn(const std::string& whole, std::size_t at, tear how) {
    std::string bytes = whole.substr(0, at);
    if (how == tear::zeros) bytes.resize(whole.size() + 4096);
    if (how == tear::garbage) {
        for (std::size_t i = at; i < whole.size(); ++i)
            bytes.push_back(static_cast<char>(whole[i] ^ static_cast<char>(1 + i % 255)));
        bytes.append(100, '\x5a');
    }
    return bytes;
}

}  // namespace

TEST_CASE("a tail torn anywhere in the last record is cut, and nothing else is lost", "[journal]") {
    const closed_journal closed(4);
    const tear how = GENERATE(tear::cut_off, tear::zeros, tear::garbage);
    for (std::size_t at = closed.last_offset; at < closed.bytes.size(); ++at) {
        const std::string bytes = torn(closed.bytes, at, how);
        write_file(closed.file, bytes);
        // The record ends in zeros: without some of them it is whole all the same.
        const bool whole =
            how != tear::garbage && closed.bytes.find_first_not_of('\0', at) == std::string::npos;
        const std::uint64_t count = whole ? 4 : 3;
        {
            const auto report = inspect_journal(closed.settings.path);
            REQUIRE(report);
            REQUIRE(report->faults.empty());
            REQUIRE(report->event_count == (how == tear::cut_off ? 3 : count));
        }
        const auto log = open_journal(closed.settings);
        const auto reader = open_reader(*log, "");
        REQUIRE(read_payloads(*reader) == payloads_of(0, count));
        REQUIRE(log->next_pbx_sequence(0) == count + 1);
        REQUIRE(log->position("poll.hq") == "7");
        append_numbers(*log, 0, count, 6);
        REQUIRE(read_payloads(*reader) == payloads_of(count, 6));
    }
    const auto log = open_journal(closed.settings);
    CHECK(read_payloads(*open_reader(*log, "")).size() == 6);
    CHECK(inspect_journal(closed.settings.path)->faults.empty());
}

TEST_CASE("a flipped bit anywhere is survived, and reported unless it looks like a torn tail",
          "[journal]") {
    const closed_journal closed(4);
    for (std::size_t at = 0; at < closed.bytes.size(); ++at) {
        std::string bytes = closed.bytes;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
        write_file(closed.file, bytes);
        const auto report = inspect_journal(closed.settings.path);
        REQUIRE(report);
        if (at < closed.last_offset)
            REQUIRE_FALSE(report->faults.empty());
        else
            REQUIRE(report->event_count == 3);

        const auto follower = journal_follower::open(closed.settings.path, true);
        REQUIRE(follower);
        std::uint64_t followed = 0;
        for (auto next = (*follower)->next(); next && *next; next = (*follower)->next())
            ++followed;
        REQUIRE(followed <= 3 + (at < sizeof(segment_header) ? 1 : 0));

        const auto log = journal::open(closed.settings);
        if (!log) {
            REQUIRE(at < sizeof(segment_header));
            continue;
        }
        REQUIRE(read_payloads(*open_reader(**log, "")).size() <= 3);
    }
}

TEST_CASE("a segment that was made but not begun is made again", "[journal]") {
    const closed_journal closed(3);
    const std::string content = GENERATE(std::string(), std::string(10, '\0'), std::string(63, 'x'),
                                         std::string(8192, '\0'));
    write_file(segment_file(closed.settings.path, limits::segment_size_min), content);
    const auto log = open_journal(closed.settings);
    append_numbers(*log, 0, 3, 100, 100'000);
    const auto payloads = read_payloads(*open_reader(*log, ""));
    CHECK(payloads.size() == 100);
    CHECK(inspect_journal(closed.settings.path)->faults.empty());
}

TEST_CASE("a journal of nothing but an unbegun segment is a new one", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory.path());
    write_file(segment_file(settings.path, 0), std::string(100, '\0'));
    const auto log = open_journal(settings);
    append_numbers(*log, *log->pbx_index("hq"), 0, 2);
    CHECK(read_payloads(*open_reader(*log, "")) == payloads_of(0, 2));
}

TEST_CASE("a crash while the state is carried into a segment loses nothing", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        const std::uint16_t hq = *log->pbx_index("hq");
        REQUIRE(log->set_position("poll.hq", "7"));
        append_numbers(*log, hq, 0, 60, 100'000);
    }
    const std::string second = segment_file(settings.path, limits::segment_size_min);
    const std::string bytes = read_file(second, sizeof(segment_header) + 3 * 64);
    for (std::size_t size = 0; size < bytes.size(); size += 8) {
        // The events of the second segment are gone: they were not yet written.
        write_file(second, bytes.substr(0, size));
        const auto log = open_journal(settings);
        REQUIRE(log->position("poll.hq") == "7");
        const auto payloads = read_payloads(*open_reader(*log, ""));
        REQUIRE(payloads.size() == log->next_pbx_sequence(0) - 1);
        REQUIRE(payloads == payloads_of(0, payloads.size(), 100'000));
        REQUIRE(payloads.size() >= 41);
    }
}

TEST_CASE("readers go on behind a damaged record, and count what is missing once", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    std::uint64_t damaged = 0;
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 150, 100'000);
        const auto reader = open_reader(*log, "sink");
        for (int i = 0; i < 10; ++i)
            REQUIRE(reader->next()->has_value());
        damaged = reader->position();
        REQUIRE(reader->acknowledge((*reader->next())->position));
    }
    flip(segment_file(settings.path, 0), damaged + 500);
    const auto report = inspect_journal(settings.path);
    REQUIRE(report->faults.size() >= 1);
    CHECK(report->faults.front().offset == damaged);
    CHECK(report->event_count == 149);

    const auto log = open_journal(settings);
    CHECK(log->next_pbx_sequence(0) == 151);
    const auto reader = open_reader(*log, "");
    auto expected = payloads_of(0, 150, 100'000);
    expected.erase(expected.begin() + 10);
    CHECK(read_payloads(*reader) == expected);
    CHECK(reader->skipped_count() == 1);
    reader->seek(damaged);
    CHECK((*reader->next())->payload == payload_of(11, 100'000));
    CHECK(reader->skipped_count() == 1);
    {
        const auto sink = open_reader(*log, "sink");
        CHECK((*sink->next())->payload == payload_of(11, 100'000));
        REQUIRE(sink->acknowledge(sink->position()));
        CHECK(sink->skipped_count() == 1);
    }
    const auto again = open_reader(*log, "sink");
    CHECK((*again->next())->payload == payload_of(12, 100'000));
    CHECK(again->skipped_count() == 0);
}

TEST_CASE("however records were damaged, all others are read and the missing are counted",
          "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    std::vector<std::uint64_t> positions;
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 150, 100'000);
        const auto reader = open_reader(*log, "");
        while (const auto next = *reader->next())
            positions.push_back(next->position);
    }
    // The first of a segment, one in the middle with its neighbour, the last of a segment.
    const std::size_t last = static_cast<std::size_t>(
        std::find_if(positions.begin(), positions.end(),
                     [](std::uint64_t each) { return each > limits::segment_size_min; }) -
        positions.begin() - 1);
    const std::vector<std::size_t> damaged =
        GENERATE_COPY(std::vector<std::size_t>{0}, std::vector<std::size_t>{20, 21},
                      std::vector<std::size_t>{last});
    // A size of zero, a size that is none, contents.
    const std::string_view bytes =
        GENERATE(std::string_view("\0\0\0\0", 4), std::string_view("\x61\x73\x64\x66", 4));
    const std::size_t within = GENERATE(std::size_t{0}, std::size_t{200});
    auto expected = payloads_of(0, 150, 100'000);
    for (const std::size_t index : damaged) {
        std::fstream file(segment_file(settings.path, 0),
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(positions[index] + within));
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        expected[index].clear();
    }
    expected.erase(std::remove(expected.begin(), expected.end(), std::string()), expected.end());

    CHECK_FALSE(inspect_journal(settings.path)->faults.empty());
    const auto log = open_journal(settings);
    const auto reader = open_reader(*log, "sink");
    const bool same = read_payloads(*reader, true) == expected;  // too long to be printed
    CHECK(same);
    CHECK(reader->skipped_count() == damaged.size());
}

TEST_CASE("an older segment that lost its end, its header or itself is noticed", "[journal]") {
    const temporary_directory directory;
    const auto settings = small_journal(directory / "journal");
    {
        const auto log = open_journal(settings);
        append_numbers(*log, *log->pbx_index("hq"), 0, 150, 100'000);
    }
    const std::string second = segment_file(settings.path, limits::segment_size_min);
    SECTION("the end") {
        const std::size_t size = GENERATE(std::size_t{0}, 40, 64, 100, 5000, 3'000'000);
        std::filesystem::resize_file(second, size);
        const auto log = open_journal(settings);
        const auto reader = open_reader(*log, "");
        const auto payloads = read_payloads(*reader);
        CHECK(payloads.size() < 150);
        CHECK(payloads.size() + reader->skipped_count() == 150);
    }
    SECTION("the header: its records prove themselves") {
        flip(second, 20);
        const auto log = open_journal(settings);
        const auto reader = open_reader(*log, "");
        CHECK(read_payloads(*reader).size() == 150);
        CHECK(reader->skipped_count() == 0);
    }
    SECTION("itself: what is gone is counted") {
        std::filesystem::remove(second);
        const auto log = open_journal(settings);
        const auto reader = open_reader(*log, "");
        const auto payloads = read_payloads(*reader);
        CHECK(reader->skipped_count() > 0);
        CHECK(payloads.size() + reader->skipped_count() == 150);
    }
    CHECK_FALSE(inspect_journal(settings.path)->faults.empty());
}

TEST_CASE("the newest segment says clearly why it cannot be written to", "[journal]") {
    const closed_journal closed(3);
    SECTION("its header is damaged") {
        flip(closed.file, 30);
        CHECK(journal::open(closed.settings).error().code == errc::corrupt);
    }
    SECTION("it is something else") {
        write_file(closed.file, std::string(5000, 'x'));
        CHECK(journal::open(closed.settings).error().code == errc::corrupt);
        CHECK(inspect_journal(closed.settings.path)->faults.size() == 1);
    }
    SECTION("another version wrote it") {
        std::string bytes = closed.bytes;
        segment_header header;
        header.version = 2;
        header.size = limits::segment_size_min;
        put_header(std::as_writable_bytes(std::span(bytes)), header);
        write_file(closed.file, bytes);
        CHECK(journal::open(closed.settings).error().code == errc::bad_config);
        CHECK(inspect_journal(closed.settings.path)->faults.size() == 1);
    }
}

TEST_CASE("files that are not a journal's are left alone", "[journal]") {
    const closed_journal closed(3);
    for (const char* name : {"notes.txt", "1.segment", "0000000000000000000x.segment",
                             "99999999999999999999.segment", "00000000000000000007.segment"})
        write_file(closed.settings.path + '/' + name, "mine");
    std::filesystem::create_directory(closed.settings.path + "/00000000000004194304.segment.d");
    const auto log = open_journal(closed.settings);
    CHECK(read_payloads(*open_reader(*log, "")) == payloads_of(0, 3));
    CHECK(read_file(closed.settings.path + "/99999999999999999999.segment") == "mine");
}

TEST_CASE("the epoch grows with every run, however short", "[journal]") {
    const temporary_directory directory;
    std::uint32_t last = 0;
    for (int run = 0; run < 5; ++run) {
        const auto log = open_journal(small_journal(directory / "journal"));
        REQUIRE(log->epoch() > last);
        last = log->epoch();
    }
}
