// What a peer on the AMI port says first, and who it is if that is not AMI.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/result.h"

namespace callstream::parsers {

struct ami_greeting {
    std::string_view line;       // Asterisk Call Manager/12.0.0; empty if the stream has none
    std::size_t size_wire = 0;   // with its line end
    unsigned major_version = 0;  // 0: not said
};

// Nothing as long as `pending` may still become a greeting. A recording that was cut out of a
// stream begins with a message instead: an empty greeting. wrong_protocol says who it seems to be.
result<std::optional<ami_greeting>> read_ami_greeting(std::string_view pending) noexcept;

}  // namespace callstream::parsers
