// An entry of the live state: a kind, a key that is unique in it, and a JSON object.
//
// Threads: values; any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callstream::sinks {

// In the order in which /api/state shows them.
enum class live_kind : std::uint8_t {
    source,
    call,
    queue,
    agent,
    extension,
    trunk,
    activity,
    sink,
    process
};

inline constexpr std::array<std::string_view, 9> live_kind_names{
    "source", "call", "queue", "agent", "extension", "trunk", "activity", "sink", "process"};

constexpr std::string_view name_of(live_kind kind) noexcept {
    return live_kind_names[static_cast<std::size_t>(kind)];
}

constexpr std::optional<live_kind> live_kind_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < live_kind_names.size(); ++i)
        if (live_kind_names[i] == name) return static_cast<live_kind>(i);
    return std::nullopt;
}

struct live_change {
    live_kind kind = live_kind::source;
    std::string key;    // begins with the PBX: hq:1753880000.42
    std::string value;  // a JSON object; empty: the entry is gone
};

// The PBX that an entry belongs to; empty for those of callstream itself.
constexpr std::string_view pbx_of(live_kind kind, std::string_view key) noexcept {
    if (kind == live_kind::sink || kind == live_kind::process) return {};
    return key.substr(0, key.find(':'));
}

}  // namespace callstream::sinks
