// Text as the inside of a JSON string.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <string_view>

namespace callstream {

inline constexpr std::size_t escape_growth_max = 6;  // of one byte: \u001f

// What put_escaped() may write to for a text of that size.
constexpr std::size_t escape_room(std::size_t text_size) noexcept {
    constexpr std::size_t block_size = 32;
    return escape_growth_max * text_size + block_size;
}

// Copies `text` to `out` with escapes where JSON demands them, and returns the end. `out` has
// escape_room() of its size.
char* put_escaped(std::string_view text, char* out) noexcept;

// The same, and `out` has room for escaped_size() alone. Slower.
char* put_escaped_exactly(std::string_view text, char* out) noexcept;
std::size_t escaped_size(std::string_view text) noexcept;

// How many bytes of a text of at most 4,000 bytes need an escape.
std::size_t count_escapes(std::string_view text) noexcept;

}  // namespace callstream
