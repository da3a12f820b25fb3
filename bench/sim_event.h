// AMI text as Asterisk writes it: event classes, and a message built header by header.
//
// Lifetime: what end() returns is valid until the next begin().
// Threads:  the loop's.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace callstream::sim {

// The classes of manager.conf and of Login's `Events` header, as bits.
enum class event_class : std::uint32_t {
    system = 1u << 0,
    call = 1u << 1,
    agent = 1u << 5,
    user = 1u << 6,
    dtmf = 1u << 8,
    cdr = 1u << 10,
    dialplan = 1u << 11,
};

using event_mask = std::uint32_t;
inline constexpr event_mask every_class = ~event_mask{0};

// "on", "all", "off", a number or a list such as "call,agent"; names nobody knows select nothing.
event_mask parse_event_mask(std::string_view text);

std::string_view name_of(event_class kind);

struct event_view {
    std::string_view name;
    event_class kind;
    std::string_view text;  // with the blank line
};

class event_text {
public:
    // With `stamped`, events carry a Timestamp header (timestampevents=yes).
    explicit event_text(bool stamped = false) : stamped_(stamped) {}

    void begin(std::string_view name, event_class kind, timestamp now);
    event_text& add(std::string_view key, std::string_view value) { return add("", key, value); }
    event_text& add(std::string_view key, std::integral auto value) {
        return add(key, std::to_string(value));
    }
    event_text& add(std::string_view prefix, std::string_view key, std::string_view value);
    event_text& append(std::string_view headers);  // whole lines
    event_view end();
    const std::string& text() const { return text_; }  // what was added so far

private:
    bool stamped_;
    std::string text_;
    std::string name_;
    event_class kind_ = event_class::system;
};

std::string epoch_seconds(timestamp time);           // 1795230656.000123
std::string calendar_time(timestamp time);           // 2026-11-21 03:10:56, UTC
std::string_view or_unknown(std::string_view text);  // Asterisk's word for an empty name or number

}  // namespace callstream::sim
