// Text that is not UTF-8 made UTF-8, without losing a byte.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callstream::parsers {

// What a byte that is not part of valid UTF-8 means.
enum class stray_byte : std::uint8_t {
    latin1,   // the character of ISO 8859-1
    escaped,  // nothing known: written as \xFC, four characters
};

inline constexpr std::size_t repair_growth_max = 4;  // times the text's size

bool is_utf8(std::string_view text) noexcept;

// The first characters of UTF-8 text that fit into `size_max` bytes.
std::string_view whole_characters(std::string_view text, std::size_t size_max) noexcept;

// Writes a byte that is no part of valid text, and returns the end.
char* write_stray(unsigned char byte, stray_byte meaning, char* out) noexcept;

// Writes `text` to `out`, which has room for repair_growth_max times its size, and returns the
// end of what was written. Valid sequences stay as they are.
char* repair_utf8(std::string_view text, stray_byte meaning, char* out) noexcept;

}  // namespace callstream::parsers
