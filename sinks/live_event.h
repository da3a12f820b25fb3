// What the live state reads of one event.
//
// Lifetime: views into the parsed event; valid during the call that it is given to.
// Threads:  one at a time.
#pragma once

#include <string>
#include <string_view>

#include "core/event_type.h"
#include "core/json_reader.h"
#include "core/time.h"

namespace callstream::sinks {

struct live_event {
    event_type type = event_type::vendor_event;
    timestamp time;
    std::string_view time_text;  // RFC 3339
    std::string_view pbx;
    json_value data;

    std::string_view text(std::string_view name) const noexcept { return data[name].text(); }
    // Of an entry of this PBX.
    std::string key(std::string_view id) const {
        std::string made(pbx);
        return made.append(1, ':').append(id);
    }
};

}  // namespace callstream::sinks
