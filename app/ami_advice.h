// What a PBX's settings cost us in events, in plain words.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sources/ami_probe.h"

namespace callstream::app {

// What its events themselves showed in the moments behind the login.
struct seen_events {
    std::size_t count = 0;      // that could have had a Timestamp
    std::size_t timed = 0;      // that had one
    bool fully_booted = false;  // which comes only to users with the class `system`
};

enum class advice_kind : std::uint8_t {
    loss,     // events are lost, or may be
    blur,     // they are less exact than they could be
    unknown,  // it could not be found out
};

struct advice {
    advice_kind kind;
    std::string words;
};

// `event_mask`: what the login asked for. The worst first.
std::vector<advice> advise(const sources::ami_probe_report& report, const seen_events& seen,
                           std::string_view event_mask);

}  // namespace callstream::app
