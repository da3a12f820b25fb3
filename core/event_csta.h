// The CSTA name (ECMA-269) of an event. It is the type's, but for a trunk or a registration: which
// of two it is says its status.
#pragma once

#include <array>
#include <string_view>

#include "core/event.h"

namespace callstream {

inline constexpr std::string_view back_in_service = "BackInService";
inline constexpr std::string_view out_of_service = "OutOfService";

// What PBXes call a trunk, a registration or a contact that cannot be used now, in lower case.
inline constexpr std::array<std::string_view, 12> unusable_states{
    "unregistered", "unreachable", "rejected",     "removed",    "unavailable",       "failed",
    "timeout",      "alarm",       "request sent", "auth. sent", "no authentication", "stopped"};

constexpr bool is_usable(std::string_view status) noexcept {
    for (const std::string_view one : unusable_states)
        if (one == status) return false;
    return true;
}

// Empty if CSTA has no such event.
inline std::string_view csta_of(const event& told) noexcept {
    const std::string_view name = info_of(told.type).csta;
    if (name != back_in_service) return name;
    if (const auto* trunk = std::get_if<trunk_data>(&told.data))
        return is_usable(trunk->status) ? name : out_of_service;
    if (const auto* device = std::get_if<device_data>(&told.data))
        return is_usable(device->state) ? name : out_of_service;
    return name;
}

}  // namespace callstream
