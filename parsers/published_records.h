// What is remembered of a PBX's queues, agents, devices and conferences: see published_state.h.
//
// Lifetime: values; they own their text.
// Threads:  the PBX's home loop.
#pragma once

#include <cstdint>
#include <optional>

#include "parsers/bounded_text.h"
#include "parsers/call_record.h"
#include "parsers/state_table.h"

namespace callstream::parsers {

// The view in which something was last spoken of; see published_state::begin_view.
using view_number = std::uint32_t;

struct waiting_record {
    state_key id;
    bounded_text<96> queue;
    bounded_text<152> leg_id;
    bounded_text<152> call_id;
    bounded_party caller;
    std::optional<std::int64_t> position;
    view_number seen_in_view = 0;
    link<waiting_record> in_all;
};

struct member_record {
    state_key id;
    bounded_text<96> queue;
    bounded_text<96> agent;
    bounded_text<96> device;
    bounded_text<32> state;
    bool paused = false;
    view_number seen_in_view = 0;
    link<member_record> in_all;
};

struct device_record {
    state_key id;
    bounded_text<96> device;
    bounded_text<128> address;
    bounded_text<32> state;
    view_number seen_in_view = 0;
    link<device_record> in_all;
};

struct room_record {
    state_key id;
    view_number seen_in_view = 0;
    link<room_record> in_all;
};

struct participant_record {
    state_key id;
    bounded_text<96> conference;
    bounded_text<152> leg_id;
    bounded_text<152> call_id;
    bounded_party member;
    view_number seen_in_view = 0;
    link<participant_record> in_all;
};

}  // namespace callstream::parsers
