// The CSTA name (ECMA-269) of an event. It is the type's, but for a trunk or a registration: which
// of two it is says its status.
#pragma once

#include <array>
#include <string_view>

#include "core/event.h"

namespace callstream {

inline constexpr std::string_view back_in_service = "BackInService";
inline constexpr std::string_view out_of_service = "OutOfService";

// What PBXes call a trunk, a registration or a contact that cannot be used now, in lower case; the
// last five are a FCM5600's.
inline constexpr std::array<std::string_view, 17> unusable_states{
    "unregistered",    "unreachable", "rejected",     "removed",    "unavailable",       "failed",
    "timeout",         "alarm",       "request sent", "auth. sent", "no authentication", "stopped",
    "unauthenticated", "red",         "no sim card",  "sim error",  "signal level 0"};

constexpr bool is_usable(std::string_view status) noexcept {
    const auto same = [status](std::string_view lower) {
        if (lower.size() != status.size()) return false;
        for (std::size_t i = 0; i < lower.size(); ++i) {
            const char c = status[i];
            if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower[i]) return false;
        }
        return true;
    };
    for (const std::string_view one : unusable_states)
        if (same(one)) return false;
    return true;
}

// Empty if CSTA has no such event, or the PBX does not say how its trunk is.
inline std::string_view csta_of(const event& told) noexcept {
    const std::string_view name = info_of(told.type).csta;
    if (name != back_in_service) return name;
    if (const auto* trunk = std::get_if<trunk_data>(&told.data)) {
        if (trunk->status.empty()) return {};
        return is_usable(trunk->status) ? name : out_of_service;
    }
    if (const auto* device = std::get_if<device_data>(&told.data))
        return is_usable(device->state) ? name : out_of_service;
    return name;
}

}  // namespace callstream
