// States of devices in one vocabulary, whatever the PBX calls them: idle, in-use, busy, invalid,
// unavailable, ringing, ringing-in-use, on-hold, unknown.
#pragma once

#include <cstdint>

#include "core/event_data.h"

namespace callstream::parsers {

// Asterisk's numbers of device states, as queue members have them.
text name_of_device_state(std::int64_t number) noexcept;

// Asterisk's names of device states, such as NOT_INUSE; another name stays as it is.
text name_of_device_state(text name) noexcept;

// The bits of an extension's state: 1 in use, 2 busy, 4 unavailable, 8 ringing, 16 on hold.
text name_of_extension_state(std::int64_t bits) noexcept;

}  // namespace callstream::parsers
