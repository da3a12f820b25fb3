// What is known of a call, and of its members, that a PBX tells by pushed reports.
//
// Lifetime: in the pool of yeastar_calls. Threads: the PBX's home loop.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/event.h"
#include "parsers/bounded_text.h"
#include "parsers/call_record.h"
#include "parsers/id_map.h"
#include "parsers/record_pool.h"

namespace callstream::parsers {

enum class push_leg_state : std::uint8_t { none, created, ringing, answered, held, ended };

struct push_leg {
    bounded_id id;
    bounded_text<64> key;  // the member's number
    bounded_text<96> channel;
    bounded_party who;
    push_leg_state state = push_leg_state::none;
};

struct push_call {
    static constexpr std::size_t leg_count_max = 16;

    bounded_id id;
    std::array<push_leg, leg_count_max> legs;
    std::uint32_t leg_count = 0;
    bool is_told = false;  // call.initiated went out
    bool was_ringing = false;
    bool is_answered = false;
    bool has_failed = false;
    bool has_ended = false;
    enum direction direction = direction::none;
    enum disposition disposition = disposition::none;
    bounded_party calling;
    bounded_party called;
    bounded_party answering;
    bounded_text<64> trunk;
    bounded_text<128> recording;
    bounded_text<96> cause_text;
    std::optional<timestamp> started_at;
    std::optional<timestamp> answered_at;
    std::optional<timestamp> ended_at;
    std::optional<duration> ring_seconds;
    std::optional<duration> talk_seconds;
    std::uint64_t cdr_hash = 0;        // of the last record
    std::uint64_t recording_hash = 0;  // of the last one told
    timestamp touched_at;
    link<push_call> in_live;

    bool has_leg_in(push_leg_state state) const noexcept {
        for (std::uint32_t i = 0; i < leg_count; ++i)
            if (legs[i].state == state) return true;
        return false;
    }
    bool have_all_left() const noexcept {
        for (std::uint32_t i = 0; i < leg_count; ++i)
            if (legs[i].state != push_leg_state::ended) return false;
        return leg_count > 0;
    }
    // A place for one more: unused, or of a leg that ended. Null if all are alive.
    push_leg* free_leg() noexcept {
        if (leg_count < leg_count_max) return &legs[leg_count++];
        for (push_leg& leg : legs)
            if (leg.state == push_leg_state::ended) return &leg;
        return nullptr;
    }
    // It was another member's refusal.
    void forget_failure() noexcept {
        if (!has_failed) return;
        has_failed = false;
        disposition = disposition::none;
        cause_text.assign({});
    }
};

}  // namespace callstream::parsers
