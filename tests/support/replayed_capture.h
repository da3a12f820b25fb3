// A capture run through the AMI decoder and translator as it arrived, and what came out.
#pragma once

#include <string_view>

#include "parsers/ami_decoder.h"
#include "tests/support/capture.h"
#include "tests/support/recorded_events.h"

namespace callstream::test {

// Feeds the bytes read by read; what is not whole yet comes again with the next.
inline void replay(const capture& recorded, decoder& to) {
    std::size_t done = 0;
    for (const capture_segment& read : recorded.segments) {
        const std::string_view pending =
            recorded.bytes().substr(done, read.offset + read.size - done);
        done += to.decode(pending, read.arrived, nullptr).value();
    }
    to.finish(recorded.segments.back().arrived);
}

struct replayed_capture {
    explicit replayed_capture(std::string_view name,
                              const parsers::ami_translator_settings& settings = {})
        : recorded(load_capture(name)),
          translator(settings, events),
          decoder(parsers::ami_decoder_settings{}, {translator, events}) {
        decoder.reset(recorded.segments.front().arrived);
        replay(recorded, decoder);
    }

    capture recorded;
    recorded_events events;
    parsers::ami_translator translator;
    parsers::ami_decoder decoder;
};

}  // namespace callstream::test
