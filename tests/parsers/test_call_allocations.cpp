// The translator allocates while its tables grow, and no more.
#include <catch2/catch.hpp>

#include "bench/allocation_count.h"
#include "parsers/ami_decoder.h"
#include "tests/support/capture.h"

namespace {

using namespace callstream;
using namespace callstream::test;

struct counted_events final : event_output {
    void publish(const event&) override { ++count; }
    std::size_t count = 0;
};

}  // namespace

TEST_CASE("an hour's events that were seen once are translated again without allocating",
          "[allocations]") {
    const capture recorded = load_capture("m_mixed");
    counted_events events;
    parsers::ami_translator translator({}, events);
    parsers::ami_decoder decoder({}, {translator, events});
    timestamp now{std::chrono::seconds(1'795'230'000)};
    const auto pass = [&] {
        decoder.reset(now);
        const std::string_view bytes = recorded.bytes();
        constexpr std::size_t read_size = 64 * 1024;
        for (std::size_t done = 0, read = 0; read < bytes.size();) {
            read = std::min(read + read_size, bytes.size());
            done += decoder.decode(bytes.substr(done, read - done), now, nullptr).value();
            now += std::chrono::milliseconds(100);
            decoder.tick(now);
        }
        decoder.finish(now);
    };
    pass();
    const std::size_t events_before = events.count;
    const std::size_t allocations_before = bench::allocation_count();
    pass();
    const std::size_t allocated = bench::allocation_count() - allocations_before;
    CHECK(allocated == 0);
    CHECK(events.count == 2 * events_before);
}
