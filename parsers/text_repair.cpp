#include "parsers/text_repair.h"

#include <algorithm>

#include <simdjson.h>

namespace callstream::parsers {

namespace {

// Size of the valid sequence that `text` begins with, or 0. Follows table 3-7 of the Unicode
// standard: no overlong forms, no surrogates, nothing above U+10FFFF.
std::size_t sequence_size(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto between = [&](std::size_t i, unsigned low, unsigned high) {
        return i < text.size() && byte(i) >= low && byte(i) <= high;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xc2 || first > 0xf4) return 0;
    if (first < 0xe0) return between(1, 0x80, 0xbf) ? 2 : 0;
    if (first < 0xf0) {
        const bool second = between(1, first == 0xe0 ? 0xa0 : 0x80, first == 0xed ? 0x9f : 0xbf);
        return second && between(2, 0x80, 0xbf) ? 3 : 0;
    }
    const bool second = between(1, first == 0xf0 ? 0x90 : 0x80, first == 0xf4 ? 0x8f : 0xbf);
    return second && between(2, 0x80, 0xbf) && between(3, 0x80, 0xbf) ? 4 : 0;
}

}  // namespace

std::string_view whole_characters(std::string_view text, std::size_t size_max) noexcept {
    if (text.size() <= size_max) return text;
    while (size_max > 0 && (static_cast<unsigned char>(text[size_max]) & 0xC0) == 0x80)
        --size_max;
    return text.substr(0, size_max);
}

char* write_stray(unsigned char byte, stray_byte meaning, char* out) noexcept {
    if (meaning == stray_byte::latin1) {
        *out++ = static_cast<char>(0xc0 | (byte >> 6));
        *out++ = static_cast<char>(0x80 | (byte & 0x3f));
        return out;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]})
        *out++ = c;
    return out;
}

bool is_utf8(std::string_view text) noexcept {
    return simdjson::validate_utf8(text.data(), text.size());
}

char* repair_utf8(std::string_view text, stray_byte meaning, char* out) noexcept {
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        if (size == 0) {
            out = write_stray(static_cast<unsigned char>(text.front()), meaning, out);
        } else {
            out = std::copy_n(text.data(), size, out);
        }
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return out;
}

}  // namespace callstream::parsers
