// A program of its own, for it counts what the whole program allocates.
#include <cstdlib>
#include <new>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/journal_events.h"
#include "tests/support/temporary_directory.h"

namespace {

// Of the thread that counts: the sync thread may allocate when it makes a segment.
thread_local std::uint64_t allocation_count = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocation_count;
    void* const at = std::malloc(size);
    if (at == nullptr) std::abort();
    return at;
}
void operator delete(void* at) noexcept {
    std::free(at);
}
void operator delete(void* at, std::size_t) noexcept {
    std::free(at);
}

using namespace callstream;
using namespace callstream::test;

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

    const std::uint64_t before = allocation_count;
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
    const std::uint64_t allocated = allocation_count - before;
    CHECK(read_count == 500 * 64);
    CHECK(allocated == 0);
    CHECK(std::string(100, 'x').size() == 100);
    CHECK(allocation_count > before);  // it does count
}
