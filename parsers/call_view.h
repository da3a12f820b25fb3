// What a dialect tells the call tracker of channels and bridges.
//
// Lifetime: views die with the message they were read from.
// Threads:  plain data.
#pragma once

#include <optional>

#include "parsers/call_record.h"

namespace callstream::parsers {

// A channel as one message shows it; null where it does not say.
struct channel_view {
    text id;
    text call_id;
    text channel;
    text number;
    text name;
    text context;
    text exten;
    leg_state state = leg_state::down;
    bool is_calling = false;                // it rings us: somebody is dialling at that channel
    std::optional<timestamp> created_at{};  // of one that is found in progress
};

struct bridge_view {
    text id;
    text swapped_leg_id;  // who leaves for the one who enters
    bool joins_calls = false;
    bool is_waiting_room = false;
};

}  // namespace callstream::parsers
