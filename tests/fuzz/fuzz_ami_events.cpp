// AMI bytes all the way to events: whatever a peer says, each event fits the journal's limits and
// is written as one JSON text.
//
// The input's first byte says after how many bytes the peer pauses, and the PBX's stray charset.
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/event_writer.h"
#include "core/json_reader.h"
#include "core/limits.h"
#include "parsers/ami_decoder.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

void require(bool holds) {
    if (!holds) std::abort();
}

constexpr timestamp began{std::chrono::seconds(1'753'880'000)};

class written_events final : public event_output {
public:
    void publish(const event& told) override {
        const auto written = writer_.write(told, {"hq", ++sequence_, 1, began}, room_);
        require(written.has_value());
        require(document_.parse({room_.data(), written->size}).has_value());
    }

private:
    std::array<char, limits::record_size_max> room_{};
    event_writer writer_;
    json_document document_;
    std::uint64_t sequence_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    // As in a slab, there is more behind: the worst that may stand there.
    std::string arrived_bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    arrived_bytes.append(limits::slab_spare_size, '\n');
    const std::string_view stream = std::string_view(arrived_bytes).substr(0, size - 1);
    const std::size_t pause = std::size_t{1} + data[0] * std::size_t{8};
    static written_events events;
    ami_translator translator({}, events);
    ami_decoder decoder({}, {translator, events});
    timestamp now = began;
    decoder.reset(now);
    std::size_t done = 0;
    for (std::size_t arrived = 0; arrived < stream.size();) {
        arrived = std::min(arrived + pause, stream.size());
        now += std::chrono::seconds(1);
        const auto taken = decoder.decode(stream.substr(done, arrived - done), now, nullptr);
        if (!taken) break;
        done += *taken;
    }
    decoder.finish(now);
    return 0;
}
