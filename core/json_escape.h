// Text as the inside of a JSON string.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace callstream {

inline constexpr std::size_t escape_growth_max = 6;  // of one byte: \u001f

// Copies `text` to `out` with escapes where JSON demands them, and returns the end. `out` has room
// for escape_growth_max times its size.
char* put_escaped(std::string_view text, char* out) noexcept;

}  // namespace callstream
