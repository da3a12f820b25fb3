// A program of its own: the global operator new counts. The sync thread may allocate when it makes
// a segment; the writer and the reader may not.
#include <string>

#include <catch2/catch.hpp>

#include "bench/allocation_count.h"
#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;
using bench::allocation_count;

TEST_CASE("appending, publishing, reading and acknowledging do not allocate", "[journal]") {
    const temporary_directory directory;
    auto settings = small_journal(GENERATE(false, true) ? directory / "journal" : ":memory:");
    settings.max_bytes = 256 << 20;
    settings.segment_bytes = 64 << 20;
    const auto log = open_journal(settings);
    const std::uint16_t hq = *log->pbx_index("hq");
    const auto reader = open_reader(*log, "sink");
    const std::string payload = payload_of(1, 600);
    const std::string position = "2026-07-30T12:53:21Z";
    REQUIRE(log->set_position("poll.hq", position));

    const std::uint64_t before = allocation_count();
    std::uint64_t read_count = 0;
    for (int batch = 0; batch < 500; ++batch) {
        for (int i = 0; i < 64; ++i)
            append(*log, hq, payload);
        ensure(log->set_position("poll.hq", position).has_value(), "it is set");
        log->publish();
        while (const auto next = *reader->next())
            ++read_count;
        ensure(reader->acknowledge(reader->position()).has_value(), "it is stored");
        log->reclaim(at_second(1000));
    }
    const std::uint64_t allocated = allocation_count() - before;
    CHECK(read_count == 500 * 64);
    CHECK(allocated == 0);
    CHECK(std::string(100, 'x').size() == 100);
    CHECK(allocation_count() > before);  // it does count
}
