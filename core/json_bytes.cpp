#include "core/json_bytes.h"

#include <cstdint>

#include "core/json_escape.h"

namespace callstream {

namespace {

constexpr std::string_view colon = ": ";
constexpr std::string_view crlf = "\r\n";
constexpr std::string_view line_front = R"([[")";
constexpr std::string_view line_middle = R"(",")";
constexpr std::string_view line_end = R"("],[")";
constexpr std::size_t line_growth = line_front.size() + line_middle.size() + line_end.size();
constexpr std::size_t lines_size_max = 4000;  // see count_escapes()
constexpr std::size_t copy_size = 32;         // what is copied at once, and so written too far

std::uintptr_t address_of(const char* at) noexcept {
    return reinterpret_cast<std::uintptr_t>(at);
}

template <const std::string_view& Text>
char* put_literal(char* out) noexcept {
    std::memcpy(out, Text.data(), Text.size());
    return out + Text.size();
}

template <const std::string_view& Text>
bool stands_at(const char* at) noexcept {
    return std::memcmp(at, Text.data(), Text.size()) == 0;
}

// Of a message that ends at `end`.
char* copy_inside(std::string_view text, const char* end, char* out) noexcept {
    const char* const from = text.data();
    if (text.size() <= copy_size && static_cast<std::size_t>(end - from) >= copy_size)
        std::memcpy(out, from, copy_size);
    else
        std::memcpy(out, from, text.size());
    return out + text.size();
}

}  // namespace

void json_bytes::put_plain(std::string_view value) noexcept {
    if (!reserve(value.size() + 2)) return;
    char* out = next_;
    *out++ = '"';
    std::memcpy(out, value.data(), value.size());
    out[value.size()] = '"';
    next_ += value.size() + 2;
}

void json_bytes::put_inside(std::string_view value) noexcept {
    if (has(escape_room(value.size()))) [[likely]]
        next_ = put_escaped(value, next_);
    else if (reserve(escaped_size(value)))
        next_ = put_escaped_exactly(value, next_);
}

void json_bytes::put_text(std::string_view value) noexcept {
    put('"');
    put_inside(value);
    put('"');
}

// Copied without a look at each, and looked at once, as a whole: the line ends between them must be
// all that needs an escape. False, and nothing is put, if they are no such lines.
bool json_bytes::try_put_lines(std::span<const header> lines) noexcept {
    if (lines.size() < 2) return false;
    const char* const begin = lines.front().name.data();
    const char* const end = lines.back().value.data() + lines.back().value.size();
    const std::size_t size = address_of(end) - address_of(begin);
    if (size > lines_size_max || !has(size + lines.size() * line_growth + copy_size)) return false;

    char* out = put_literal<line_front>(next_);
    const char* at = begin;
    for (const header& line : lines) {
        const char* const value = at + line.name.size() + colon.size();
        if (line.name.data() != at || line.value.data() != value) return false;
        if (address_of(value) + line.value.size() > address_of(end)) return false;
        if (!stands_at<colon>(value - colon.size())) return false;
        out = copy_inside(line.name, end, out);
        out = put_literal<line_middle>(out);
        out = copy_inside(line.value, end, out);
        out = put_literal<line_end>(out);
        at = value + line.value.size();
        if (&line == &lines.back()) break;
        if (address_of(at) + crlf.size() > address_of(end) || !stands_at<crlf>(at)) return false;
        at += crlf.size();
    }
    const std::size_t between = (lines.size() - 1) * crlf.size();
    if (at != end || count_escapes({begin, size}) != between) return false;
    out -= line_end.size() - 2;  // only "]
    *out++ = ']';
    next_ = out;
    return true;
}

void json_bytes::put_pairs(std::span<const header> pairs) noexcept {
    constexpr std::size_t around_size = std::string_view(R"(["",""],)").size();
    if (try_put_lines(pairs)) return;
    put('[');
    for (const header& pair : pairs) {
        if (!has(escape_room(pair.name.size()) + escape_room(pair.value.size()) + around_size)) {
            put_pair_exactly(pair);
            continue;
        }
        std::memcpy(next_, "[\"", 2);
        next_ = put_escaped(pair.name, next_ + 2);
        std::memcpy(next_, "\",\"", 3);
        next_ = put_escaped(pair.value, next_ + 3);
        std::memcpy(next_, "\"],", 3);
        next_ += 3;
    }
    if (pairs.empty())
        put(']');
    else if (!overflowed_)
        next_[-1] = ']';
}

// Where the memory nearly ends.
void json_bytes::put_pair_exactly(const header& pair) noexcept {
    put(std::string_view("[\""));
    put_inside(pair.name);
    put(std::string_view("\",\""));
    put_inside(pair.value);
    put(std::string_view("\"],"));
}

}  // namespace callstream
