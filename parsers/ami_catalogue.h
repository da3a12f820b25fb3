// What becomes of each AMI event: the source of docs/ami-events.md.
//
// Threads: constants, and a function without state.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "parsers/ami_key.h"

namespace callstream::parsers {

enum class ami_use : std::uint8_t {
    typed,      // goes out as event types
    folded,     // its facts show in events of other messages
    passed_on,  // goes out as vendor.event
    answer,     // to an action
};

struct ami_catalogue_row {
    ami_event event;
    ami_use use;
    std::string_view about;  // typed: the types, with a comma between; otherwise where or why
};

// One row for each event that callstream knows by name.
std::span<const ami_catalogue_row> ami_catalogue() noexcept;

// The table in Markdown.
std::string ami_catalogue_page();

}  // namespace callstream::parsers
