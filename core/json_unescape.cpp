#include "core/json_unescape.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

namespace callstream {

namespace {

constexpr std::uint32_t replacement = 0xFFFD;
constexpr std::size_t unicode_size = 6;  // of \uXXXX

std::optional<std::uint32_t> code_unit(std::string_view escape) noexcept {
    if (escape.size() < unicode_size || escape[0] != '\\' || escape[1] != 'u') return std::nullopt;
    std::uint32_t unit = 0;
    const char* end = escape.data() + unicode_size;
    const auto read = std::from_chars(escape.data() + 2, end, unit, 16);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return unit;
}

std::size_t put_utf8(std::uint32_t point, char* out) noexcept {
    const auto tail = [point](int shift) {
        return static_cast<char>(0x80 | (point >> shift & 0x3F));
    };
    if (point < 0x80) {
        out[0] = static_cast<char>(point);
        return 1;
    }
    if (point < 0x800) {
        out[0] = static_cast<char>(0xC0 | point >> 6);
        out[1] = tail(0);
        return 2;
    }
    if (point < 0x10000) {
        out[0] = static_cast<char>(0xE0 | point >> 12);
        out[1] = tail(6);
        out[2] = tail(0);
        return 3;
    }
    out[0] = static_cast<char>(0xF0 | point >> 18);
    out[1] = tail(12);
    out[2] = tail(6);
    out[3] = tail(0);
    return 4;
}

constexpr bool is_high(std::uint32_t unit) noexcept {
    return unit >= 0xD800 && unit < 0xDC00;
}
constexpr bool is_low(std::uint32_t unit) noexcept {
    return unit >= 0xDC00 && unit < 0xE000;
}

// The character of a two-byte escape, or nothing.
std::optional<char> plain_escape(char letter) noexcept {
    switch (letter) {
        case '"':
        case '\\':
        case '/':
            return letter;
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return std::nullopt;
    }
}

struct step {
    std::size_t read;
    std::size_t written;
};

step unescape_unicode(std::string_view rest, std::uint32_t unit, char* out) noexcept {
    if (is_high(unit)) {
        const auto second = code_unit(rest.substr(unicode_size));
        if (second && is_low(*second)) {
            const std::uint32_t point = 0x10000 + ((unit - 0xD800) << 10) + (*second - 0xDC00);
            return {2 * unicode_size, put_utf8(point, out)};
        }
    }
    const bool alone = is_high(unit) || is_low(unit);
    return {unicode_size, put_utf8(alone ? replacement : unit, out)};
}

// `rest` begins with a backslash.
step unescape_one(std::string_view rest, char* out) noexcept {
    if (const auto unit = code_unit(rest)) return unescape_unicode(rest, *unit, out);
    if (rest.size() >= 2) {
        if (const auto letter = plain_escape(rest[1])) {
            *out = *letter;
            return {2, 1};
        }
    }
    *out = rest[0];
    return {1, 1};
}

}  // namespace

std::size_t unescape_json(std::string_view inside, char* out) noexcept {
    char* next = out;
    while (!inside.empty()) {
        const std::size_t plain = std::min(inside.find('\\'), inside.size());
        std::memcpy(next, inside.data(), plain);
        next += plain;
        inside.remove_prefix(plain);
        if (inside.empty()) break;
        const step done = unescape_one(inside, next);
        next += done.written;
        inside.remove_prefix(done.read);
    }
    return static_cast<std::size_t>(next - out);
}

}  // namespace callstream
