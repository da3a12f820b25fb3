#include "sinks/live_json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/json_escape.h"

namespace callstream::sinks {

void live_json::separate() {
    if (!first_) out_ += ',';
    first_ = false;
}

void live_json::begin(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
}

void live_json::end(char bracket) {
    out_ += bracket;
    first_ = false;
}

void live_json::name(std::string_view plain) {
    separate();
    out_.append(1, '"').append(plain).append("\":");
    first_ = true;
}

void live_json::text(std::string_view value) {
    if (value.empty()) return raw("null");
    separate();
    out_ += '"';
    const std::size_t size = out_.size();
    out_.resize(size + escape_room(value.size()));
    char* const end = put_escaped(value, out_.data() + size);
    out_.resize(static_cast<std::size_t>(end - out_.data()));
    out_ += '"';
}

void live_json::plain(std::string_view value) {
    separate();
    out_.append(1, '"').append(value).append(1, '"');
}

void live_json::number(std::uint64_t value) {
    separate();
    std::array<char, 20> digits;
    out_.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void live_json::ratio(std::optional<double> value) {
    if (!value) return raw("null");
    separate();
    std::array<char, 32> digits;
    const double rounded = std::round(*value * 1000) / 1000;
    out_.append(digits.data(),
                std::to_chars(digits.data(), digits.data() + digits.size(), rounded).ptr);
}

void live_json::flag(bool value) {
    raw(value ? "true" : "false");
}

void live_json::raw(std::string_view json) {
    separate();
    out_ += json;
}

std::string live_json::take() noexcept {
    first_ = true;
    return std::exchange(out_, {});
}

}  // namespace callstream::sinks
