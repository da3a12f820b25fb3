#include "sinks/readable_line.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "sinks/readable_words.h"

namespace callstream::sinks {

namespace {

// Wide enough for nearly all; what is longer moves only the rest of its own line.
constexpr std::size_t type_width = 20;
constexpr std::size_t type_and_call_width = 27;
constexpr std::size_t parties_width = 36;

constexpr std::string_view colour_end = "\x1b[0m";
constexpr std::string_view dim = "\x1b[2m";
constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view green = "\x1b[32m";
constexpr std::string_view yellow = "\x1b[33m";
constexpr std::string_view red = "\x1b[31m";
constexpr std::string_view cyan = "\x1b[36m";

// What a person watching calls does not look for.
bool is_quiet(event_type type) noexcept {
    return type == event_type::vendor_event || info_of(type).family() == "leg";
}

std::string_view colour_of(event_type type) noexcept {
    using enum event_type;
    switch (type) {
        case call_answered:
        case agent_connected:
        case agent_logged_on:
        case agent_ready:
        case source_connected:
        case source_resynced:
            return green;
        case call_ringing:
        case call_held:
        case call_parked:
        case queue_caller_joined:
        case agent_not_ready:
        case agent_logged_off:
            return yellow;
        case call_failed:
        case queue_caller_abandoned:
        case agent_ring_no_answer:
        case source_disconnected:
        case source_gap:
        case source_overload:
            return red;
        default:
            return info_of(type).family() == "call" ? bold : cyan;
    }
}

// How many places a terminal needs for UTF-8 text of narrow letters.
std::size_t width_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    }));
}

void pad(std::string& out, std::size_t begin, std::size_t width) {
    const std::size_t used = width_of(std::string_view(out).substr(begin));
    out.append(used < width ? width - used : 0, ' ');
}

void append_local_time(std::string& out, timestamp time) {
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(millis);
    const std::time_t clock = seconds.time_since_epoch().count();
    std::tm local{};
    localtime_r(&clock, &local);
    std::array<char, 16> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S.", &local);
    out.append(text.data(), size);
    const std::string fraction = std::to_string((millis - seconds).count());
    out.append(3 - fraction.size(), '0').append(fraction);
}

}  // namespace

void readable_line::append(std::string& out, const record& shown) {
    const bool dimmed = colour_ && is_quiet(shown.type);
    if (dimmed) out += dim;
    append_columns(out, shown);
    const std::size_t end = out.find_last_not_of(' ');
    out.resize(end + 1);
    if (dimmed) out += colour_end;
    out += '\n';
}

void readable_line::append_columns(std::string& out, const record& shown) {
    if (first_pbx_.empty()) first_pbx_ = shown.pbx;
    many_pbxes_ = many_pbxes_ || shown.pbx != first_pbx_;
    pbx_width_ = std::max({pbx_width_, width_of(shown.pbx), width_of(first_pbx_)});

    const auto data = document_.parse(shown[attribute::data]);
    const readable_words words = words_of(shown.type, data.value_or(json_value()));
    append_local_time(out, shown.time);
    out += "  ";
    if (many_pbxes_) {
        const std::size_t begin = out.size();
        out += shown.pbx;
        pad(out, begin, pbx_width_ + 2);
    }
    const bool coloured = colour_ && !is_quiet(shown.type);
    if (coloured) out += colour_of(shown.type);
    std::size_t begin = out.size();
    const std::string_view name = info_of(shown.type).name;
    out += name;
    if (coloured) out += colour_end;
    const std::size_t hidden = out.size() - begin - name.size();
    pad(out, begin, type_width + hidden);
    if (!words.call.empty()) out.append(1, ' ').append(words.call);
    pad(out, begin, type_and_call_width + hidden);
    out += ' ';
    begin = out.size();
    out += words.parties;
    if (words.what.empty()) return;
    pad(out, begin, words.parties.empty() ? 0 : parties_width);
    out += words.parties.empty() ? "" : "   ";
    out += words.what;
}

}  // namespace callstream::sinks
