// The loop of header_match.h, for a file that is compiled for certain instructions; see
// line_scan_loop.h for why it calls nothing of the standard library.
#pragma once

#include "parsers/header_match.h"

namespace callstream::parsers {

namespace {

// Instructions has begins(entry, wire), as name_entry has.
template <class Instructions>
std::size_t match_headers(const header_match& match, std::size_t count) noexcept {
    const header_match now = match;
    for (std::size_t i = count; i > 0; --i) {
        const std::size_t index = i - 1;
        const std::size_t begin = index == 0 ? 0 : now.line_feeds[index - 1] + std::size_t{1};
        const auto key = static_cast<std::size_t>(now.guesses[index]);
        if (!Instructions::begins(now.entries[key], now.bytes + begin)) return i;
        const std::size_t after_colon = begin + now.sizes[key] + 1;
        const std::size_t space = now.bytes[after_colon] == ' ';
        now.value_begins[index] = static_cast<std::uint32_t>(after_colon + space);
        now.slots[key] = {now.generation, static_cast<std::uint16_t>(index)};
    }
    return 0;
}

}  // namespace

}  // namespace callstream::parsers
