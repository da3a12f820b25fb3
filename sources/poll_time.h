// A PBX's local time in the questions that it is asked.
//
// Threads: any.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string>

#include "core/time.h"
#include "sources/poll_family.h"

namespace callstream::sources {

// By how much the PBX's clock is ahead of UTC at a time; app knows the zone.
using zone_offset = std::function<std::chrono::seconds(timestamp)>;

// A window on the PBX's clock. Where the clock is changed within it, what the clock shows is not
// in order: the window is then asked for with an hour more on either side.
inline poll_window to_local(const poll_window& window, const zone_offset& offset) {
    const std::chrono::seconds at_begin = offset(window.from);
    const std::chrono::seconds at_end = offset(window.to);
    return {window.from + std::min(at_begin, at_end), window.to + std::max(at_begin, at_end)};
}

// `2021-05-07 00:00:00`, or the first `size` characters of it.
inline std::string local_text(timestamp local, std::size_t size = 19) {
    std::array<char, rfc3339_size> text{};
    format_rfc3339(local, text);
    text[10] = ' ';
    return {text.data(), std::min<std::size_t>(size, 19)};
}

}  // namespace callstream::sources
