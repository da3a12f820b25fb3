// Tells events from answers, and genuine events from forged ones.
//
// Threads: functions without state.
#pragma once

#include <cstdint>

#include "parsers/ami_message.h"

namespace callstream::parsers {

enum class ami_kind : std::uint8_t {
    event,
    unverified,  // says that it is an event, without the marks of one
    reply,
    list_item,
    list_end,
    malformed,  // neither an event nor an answer
};

ami_kind kind_of(const ami_message& message) noexcept;

}  // namespace callstream::parsers
