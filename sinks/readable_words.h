// The wording of an event for a person: which call, who with whom, and what happened.
//
// Texts of the PBX are made harmless for a terminal: control characters are replaced, long ones
// are cut.
#pragma once

#include <string>

#include "core/event_type.h"
#include "core/json_reader.h"

namespace callstream::sinks {

struct readable_words {
    std::string call;     // "#42", or nothing
    std::string parties;  // '+49301234 "Alice" -> 200', or the one thing the event is about
    std::string what;     // phrases, three spaces apart
};

// `data` is the event's data object.
readable_words words_of(event_type type, json_value data);

}  // namespace callstream::sinks
