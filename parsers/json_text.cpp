#include "parsers/json_text.h"

#include <charconv>

namespace callstream::parsers {
namespace {

constexpr unsigned replacement = 0xFFFD;

// Four hex digits at the start of `text`; above 0xFFFF: there are none.
unsigned unit_of(std::string_view text) noexcept {
    unsigned unit = 0;
    if (text.size() < 4) return ~0U;
    const auto read = std::from_chars(text.data(), text.data() + 4, unit, 16);
    return read.ptr == text.data() + 4 ? unit : ~0U;
}

char* put_utf8(unsigned code, char* out) noexcept {
    const auto put = [&out](unsigned byte) { *out++ = static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
    return out;
}

// What follows \u; how much of it was used comes off `rest`.
unsigned code_of(std::string_view& rest) noexcept {
    const unsigned first = unit_of(rest);
    if (first > 0xFFFF) return 'u';
    rest.remove_prefix(4);
    if (first < 0xD800 || first > 0xDFFF) return first;
    const bool paired = first < 0xDC00 && rest.starts_with("\\u");
    const unsigned second = paired ? unit_of(rest.substr(2)) : 0;
    if (second < 0xDC00 || second > 0xDFFF) return replacement;
    rest.remove_prefix(6);
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

}  // namespace

char* unescape_json(std::string_view escaped, char* out) noexcept {
    while (!escaped.empty()) {
        const std::size_t plain = std::min(escaped.find('\\'), escaped.size());
        out = std::copy_n(escaped.data(), plain, out);
        escaped.remove_prefix(plain);
        if (escaped.size() < 2) break;
        const char kind = escaped[1];
        escaped.remove_prefix(2);
        constexpr std::string_view letters = "bfnrt";
        constexpr std::string_view meanings = "\b\f\n\r\t";
        const std::size_t letter = letters.find(kind);
        if (kind == 'u')
            out = put_utf8(code_of(escaped), out);
        else
            *out++ = letter == std::string_view::npos ? kind : meanings[letter];
    }
    return out;
}

}  // namespace callstream::parsers
