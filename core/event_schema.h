// The JSON Schema (2020-12) of events, made from the same field lists that write them.
#pragma once

#include <string>

#include "core/event_type.h"

namespace callstream {

// The schema of one type's whole CloudEvents envelope.
std::string event_schema(event_type type);

// One schema for every event: chooses by `type`. Types are under $defs by their names.
std::string event_schema_of_all();

}  // namespace callstream
