// What an error reply of Redis means for the sink, in words for the log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callstream::sinks {

enum class refusal_kind : std::uint8_t {
    passing,  // the server will take commands again by itself
    person,   // someone must change the server, the user's rights or our configuration
    conflict  // the ID is not above the stream's top: someone else writes there, too
};

struct refusal {
    refusal_kind kind = refusal_kind::passing;
    std::string_view words;  // static
    std::string said;        // by Redis, without control characters and shortened
};

refusal refusal_of(std::string_view error_reply);

}  // namespace callstream::sinks
