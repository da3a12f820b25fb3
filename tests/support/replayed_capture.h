// A capture run through the AMI translator, and what came out.
#pragma once

#include <cstdint>
#include <string_view>

#include "parsers/ami_translator.h"
#include "tests/support/capture.h"
#include "tests/support/recorded_events.h"

namespace callstream::test {

// Hands every unsolicited event of the capture to `sink(message, arrived)`: no answers, no list
// items. Cut at blank lines, as framing is not the point here.
template <class Sink>
void for_each_event(const capture& recorded, const Sink& sink) {
    std::string_view rest = recorded.bytes();
    std::size_t offset = rest.find("\r\n") + 2;  // behind the banner
    std::size_t segment = 0;
    parsers::ami_message message;
    while (offset < rest.size()) {
        const std::size_t end = std::min(rest.find("\r\n\r\n", offset), rest.size());
        const bool whole = end < rest.size();
        if (whole && message.index(rest.substr(offset, end + 2 - offset))) {
            const auto& segments = recorded.segments;
            while (segment + 1 < segments.size() &&
                   segments[segment].offset + segments[segment].size < end + 4)
                ++segment;
            const bool answer = message[parsers::ami_key::response].data() != nullptr &&
                                message.event() != parsers::ami_event::originate_response;
            const bool listed = message[parsers::ami_key::privilege].data() == nullptr &&
                                message[parsers::ami_key::action_id].data() != nullptr;
            if (message.event() != parsers::ami_event::none && !answer && !listed)
                sink(message, segments[segment].arrived);
        }
        offset = end + 4;
    }
}

struct replayed_capture {
    explicit replayed_capture(std::string_view name,
                              const parsers::ami_translator_settings& settings = {})
        : translator(settings, events) {
        for_each_event(load_capture(name),
                       [&](const parsers::ami_message& message, timestamp arrived) {
                           translator.on_event(message, arrived);
                           ++event_count;
                       });
    }

    recorded_events events;
    parsers::ami_translator translator;
    std::uint64_t event_count = 0;
};

}  // namespace callstream::test
