// What is known of calls, legs and bridges: plain records, kept in pools by the call table.
//
// Legs know their call and their bridge; calls and bridges list their legs. A Local channel's two
// halves are legs too, for they carry connections, but they are no parties (see leg_kind).
#pragma once

#include <cstdint>
#include <optional>

#include "core/event_data.h"
#include "parsers/bounded_text.h"
#include "parsers/record_pool.h"

namespace callstream::parsers {

// Uniqueids are at most 150 bytes in Asterisk, channel names 80.
using bounded_id = bounded_text<152>;

struct call_record;
struct bridge_record;

enum class leg_kind : std::uint8_t {
    party,  // a phone, a trunk: leg.* events tell of it
    local,  // half of a Local channel: a wire within the PBX
};

enum class leg_state : std::uint8_t { down, ringing, up, ended };

struct leg_record {
    bounded_id id;
    bounded_text<96> channel;
    bounded_party who;
    leg_kind kind = leg_kind::party;
    leg_state state = leg_state::down;
    bool is_trunk = false;
    bool is_held = false;
    bool is_recorded = false;
    bool in_conference = false;
    bool is_pending = false;  // nothing was told of it: whose it is has yet to show
    bool is_dialled = false;
    bool was_up = false;
    bool is_hanging_up = false;    // asked for, not done yet
    bool has_transferred = false;  // it passed the call on, and that was told
    // The view of the PBX (see call_tracker::begin_view) in which it was last heard of, and in
    // which it last came into a bridge or left one.
    std::uint32_t seen_in_view = 0;
    std::uint32_t moved_in_view = 0;
    std::optional<timestamp> created_at;
    std::optional<timestamp> ended_at;
    call_record* call = nullptr;
    bridge_record* bridge = nullptr;
    leg_record* other_half = nullptr;  // of a Local channel
    link<leg_record> in_call;
    link<leg_record> in_bridge;
    link<leg_record> in_ended;
};

using legs_of_call = record_list<leg_record, &leg_record::in_call>;
using legs_of_bridge = record_list<leg_record, &leg_record::in_bridge>;
using ended_legs = record_list<leg_record, &leg_record::in_ended>;

enum class call_life : std::uint8_t { live, ended, merged };

// How the last attempt to reach a destination ended.
enum class dial_result : std::uint8_t {
    none,
    answered,
    no_answer,
    busy,
    congestion,
    unavailable,
    canceled
};

struct call_record {
    bounded_id id;
    call_life life = call_life::live;
    call_record* merged_into = nullptr;  // the survivor, never merged itself
    legs_of_call legs;
    std::uint32_t leg_count = 0;  // records, ended ones included
    std::uint32_t live_leg_count = 0;
    std::uint32_t held_leg_count = 0;
    std::uint32_t conferenced_leg_count = 0;
    leg_record* first_leg = nullptr;      // null once its record is gone
    leg_record* answering_leg = nullptr;  // while it lives
    bool is_pending = false;              // nothing was told of it: its legs are pending
    bool is_originated = false;           // a client had the PBX call its first party
    bool is_unlinked = false;             // the PBX does not say which channels belong together
    bool is_answered = false;
    bool is_parked = false;
    bool is_queued = false;
    bool was_queued = false;
    bool was_abandoned = false;
    bool was_ringing = false;
    bool has_failed = false;
    bool to_voicemail = false;
    bool is_recording_told = false;  // its file, in recording.available
    dial_result dialled = dial_result::none;
    enum direction direction = direction::none;
    enum disposition disposition = disposition::none;
    bounded_party calling;
    bounded_party called;
    bounded_party answering;
    bounded_text<64> trunk;
    bounded_text<80> context;
    bounded_text<96> queue;
    bounded_text<96> agent;
    bounded_text<256> recording;
    std::optional<std::int64_t> cause;
    bounded_text<64> cause_text;
    std::optional<timestamp> queued_at;
    std::optional<timestamp> started_at;
    std::optional<timestamp> answered_at;
    std::optional<timestamp> connected_at;
    std::optional<timestamp> ended_at;
    timestamp touched_at;  // the last event
    link<call_record> in_live;
    link<call_record> in_merged;  // of the survivor
    record_list<call_record, &call_record::in_merged> merged;
};

using live_calls = record_list<call_record, &call_record::in_live>;

struct bridge_record {
    bounded_id id;
    legs_of_bridge legs;
    std::uint32_t leg_count = 0;
    bool is_waiting_room = false;  // parking, an agent's pool: nobody talks there
};

}  // namespace callstream::parsers
