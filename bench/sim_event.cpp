#include "bench/sim_event.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace callstream::sim {

namespace {

// In the order of their bits.
constexpr std::array<std::string_view, 20> class_names{
    "system",       "call", "log",       "verbose", "command",  "agent",     "user",
    "config",       "dtmf", "reporting", "cdr",     "dialplan", "originate", "agi",
    "hookresponse", "cc",   "aoc",       "test",    "security", "message"};

event_mask mask_of(std::string_view word) {
    if (word == "all" || word == "on") return every_class;
    for (std::size_t index = 0; index < class_names.size(); ++index)
        if (class_names[index] == word) return 1u << index;
    return 0;
}

}  // namespace

event_mask parse_event_mask(std::string_view text) {
    event_mask number = 0;
    const char* const end = text.data() + text.size();
    if (std::from_chars(text.data(), end, number).ptr == end && !text.empty()) return number;

    event_mask mask = 0;
    while (!text.empty()) {
        const auto comma = text.find(',');
        std::string_view word = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
        while (word.starts_with(' '))
            word.remove_prefix(1);
        mask |= mask_of(word);
    }
    return mask;
}

std::string_view name_of(event_class kind) {
    for (std::size_t index = 0; index < class_names.size(); ++index)
        if (static_cast<std::uint32_t>(kind) == 1u << index) return class_names[index];
    return "";
}

void event_text::begin(std::string_view name, event_class kind, timestamp now) {
    name_ = name;
    kind_ = kind;
    text_.clear();
    add("Event", name);
    text_.append("Privilege: ").append(name_of(kind)).append(",all\r\n");
    if (stamped_) add("Timestamp", epoch_seconds(now));
}

event_text& event_text::add(std::string_view prefix, std::string_view key, std::string_view value) {
    text_.append(prefix).append(key).append(": ").append(value).append("\r\n");
    return *this;
}

event_text& event_text::append(std::string_view headers) {
    text_ += headers;
    return *this;
}

event_view event_text::end() {
    text_.append("\r\n");
    return {name_, kind_, text_};
}

std::string epoch_seconds(timestamp time) {
    const auto micros = time.time_since_epoch().count();
    return fmt::format("{}.{:06}", micros / 1'000'000, micros % 1'000'000);
}

std::string calendar_time(timestamp time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(seconds));
}

std::string_view or_unknown(std::string_view text) {
    return text.empty() ? std::string_view("<unknown>") : text;
}

}  // namespace callstream::sim
