// Answers about how things stand: each is taken or has a problem, what it tells can be written as
// an event, and the same answer again tells nothing, for nothing has changed.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "core/event_writer.h"
#include "core/limits.h"
#include "parsers/fiberme_recordings.h"
#include "parsers/fiberme_state.h"
#include "parsers/voipmonitor_state.h"

namespace {

using namespace callstream;
using namespace callstream::parsers;

void require(bool holds) {
    if (!holds) std::abort();
}

class event_check final : public event_output {
public:
    void publish(const event& published) override {
        ++count;
        require(writer_.write(published, {"pbx", 1, 0, published.time}, room_).has_value());
    }
    int count = 0;

private:
    event_writer writer_;
    std::vector<char> room_ = std::vector<char>(limits::record_size_max);
};

class no_store final : public state_store {
public:
    void put(std::string_view, std::string_view) override {}
};

// How many events the answer gives, and whether it gives any the second time.
void read_twice(state_reader& reader, event_check& events, std::string_view body, bool repeats) {
    const timestamp now{std::chrono::seconds(1'670'846'400)};
    const bool good = reader.read(body, now).problem.empty();
    const int count = events.count;
    require(good || count == 0);
    require(reader.read(body, now).problem.empty() == good);
    require(repeats || events.count == count);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1 || size > 32 * 1024) return 0;
    const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
    event_check events;
    const unsigned which = data[0] % 14;
    if (which < 8) {
        fiberme_state state(events);
        fiberme_reader reader(state, static_cast<fiberme_part>(which));
        // A trunk may be listed twice and be two things.
        read_twice(reader, events, body, which == 2 || which == 3);
    } else if (which == 8) {
        voipmonitor_calls reader({}, events);
        read_twice(reader, events, body, true);
    } else if (which > 11) {
        no_store nothing;
        fiberme_recordings reader({static_cast<fiberme_recording>(which - 12), "UTC"}, events,
                                  nothing);
        read_twice(reader, events, body, false);
    } else {
        voipmonitor_status reader(static_cast<voipmonitor_part>(which - 9), events);
        read_twice(reader, events, body, false);
    }
    return 0;
}
