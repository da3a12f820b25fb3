#include "parsers/ami_text.h"

#include <charconv>

namespace callstream::parsers {
namespace {

constexpr std::int64_t seconds_max = 253'402'300'799;  // the year 9999

char character_of_escape(char letter) noexcept {
    switch (letter) {
        case 'a':
            return '\a';
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
        case 'v':
            return '\v';
        default:
            return letter;
    }
}

}  // namespace

text known_text(text value) noexcept {
    if (value.empty() || value == "<unknown>" || value == "<Unknown>" || value == "<no name>" ||
        value == "(null)")
        return {};
    return value;
}

std::optional<std::int64_t> to_number(text value) noexcept {
    std::int64_t number = 0;
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    return number;
}

std::optional<duration> to_seconds(text value) noexcept {
    const auto number = to_number(value);
    if (!number || *number < 0 || *number > seconds_max) return std::nullopt;
    return std::chrono::seconds(*number);
}

std::optional<duration> to_milliseconds(text value) noexcept {
    const auto number = to_number(value);
    if (!number || *number < 0 || *number > seconds_max) return std::nullopt;
    return std::chrono::milliseconds(*number);
}

std::optional<bool> to_flag(text value) noexcept {
    if (value == "1" || value == "Yes" || value == "yes" || value == "on") return true;
    if (value == "0" || value == "No" || value == "no" || value == "off") return false;
    return std::nullopt;
}

std::optional<timestamp> to_timestamp(text value) noexcept {
    const std::size_t point = value.find('.');
    const auto seconds = to_seconds(value.substr(0, point));
    if (!seconds) return std::nullopt;
    std::int64_t micros = 0;
    if (point != text::npos) {
        const text decimals = value.substr(point + 1, 6);
        const auto number = to_number(decimals);
        if (!number || *number < 0) return std::nullopt;
        micros = *number;
        for (std::size_t i = decimals.size(); i < 6; ++i)
            micros *= 10;
    }
    return timestamp(*seconds + duration(micros));
}

text unescaped(text value, std::string& scratch) {
    if (value.find('\\') == text::npos) return value;
    scratch.clear();
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool escape = value[i] == '\\' && i + 1 < value.size();
        scratch.push_back(escape ? character_of_escape(value[++i]) : value[i]);
    }
    return scratch;
}

}  // namespace callstream::parsers
