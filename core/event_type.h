// The list of event types: the one definition that names, CSTA terms, routing, schemas and the
// documents are made from.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/event_type_enum.h"
#include "core/event_type_table.h"

namespace callstream {

constexpr const event_type_info& info_of(event_type type) noexcept {
    return event_types[static_cast<std::size_t>(type)];
}

constexpr std::optional<event_type> event_type_named(std::string_view name) noexcept {
    for (const event_type_info& info : event_types)
        if (info.name == name) return info.type;
    return std::nullopt;
}

}  // namespace callstream
