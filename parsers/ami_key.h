// Names of AMI headers and events that callstream understands. They are compared without regard
// to case, so one row serves Uniqueid, UniqueID and UniqueId.
#pragma once

#include <string_view>

#include "parsers/ami_event_list.h"
#include "parsers/ami_key_list.h"
#include "parsers/name_table.h"

namespace callstream::parsers {

using ami_key_table_type = name_table<ami_key, ami_key_count, ami_key::unknown, ':'>;
using ami_event_table_type = name_table<ami_event, ami_event_count, ami_event::unknown, '\r'>;

extern const ami_key_table_type ami_key_table;
extern const ami_event_table_type ami_event_table;

// unknown if the name is not in the table.
ami_key ami_key_named(std::string_view name) noexcept;
ami_event ami_event_named(std::string_view name) noexcept;

// Whether two names of any kind are the same to AMI.
bool equal_names(std::string_view a, std::string_view b) noexcept;

// As Asterisk 23 writes it; "" for none and unknown.
std::string_view name_of(ami_key known) noexcept;
std::string_view name_of(ami_event known) noexcept;

}  // namespace callstream::parsers
