// What every call.* and leg.* event carries: the whole picture of the call as it is known at that
// moment, so that a consumer may start anywhere in the stream.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "core/event_data.h"

namespace callstream {

struct call_data {
    text call_id;
    text leg_id;
    text other_leg_id;
    call_state state = call_state::none;
    enum direction direction = direction::none;
    party calling;
    party called;
    party answering;
    text trunk;
    text context;
    text queue;
    text agent;
    std::optional<struct cause> cause;
    enum disposition disposition = disposition::none;
    std::optional<timestamp> started_at;
    std::optional<timestamp> answered_at;
    std::optional<timestamp> connected_at;
    std::optional<timestamp> ended_at;
    std::optional<duration> ring_seconds;
    std::optional<duration> talk_seconds;
    text recording;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = call_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the conversation; survives transfers"},
            field{"leg_id", &self::leg_id, "the party's connection this event is about"},
            field{"other_leg_id", &self::other_leg_id, "the connection at the other end"},
            field{"state", &self::state, "state of the call after this event"},
            field{"direction", &self::direction, "seen from the PBX"},
            field{"calling", &self::calling, "who began the call"},
            field{"called", &self::called, "whom the caller asked for"},
            field{"answering", &self::answering, "who answered last"},
            field{"trunk", &self::trunk, "the trunk the call uses"},
            field{"context", &self::context, "dialplan context that the call began in"},
            field{"queue", &self::queue, "the queue the call is or was in"},
            field{"agent", &self::agent, "the queue member who took the call"},
            field{"cause", &self::cause, "why a connection or the call ended"},
            field{"disposition", &self::disposition, "outcome; null until it is known"},
            field{"started_at", &self::started_at, "when the call began"},
            field{"answered_at", &self::answered_at, "when the calling side was first answered"},
            field{"connected_at", &self::connected_at, "when it first talked to another party"},
            field{"ended_at", &self::ended_at, "when the last party left"},
            field{"ring_seconds", &self::ring_seconds, "from the start to the answer or the end"},
            field{"talk_seconds", &self::talk_seconds, "from the answer to the end"},
            field{"recording", &self::recording, "file of the call's recording"},
            field{"variables", &self::variables,
                  "channel variables that came with this event, in order, repeats kept"}};
    }
};

// call.initiated, call.ringing, call.answered, call.held, call.retrieved, call.failed, call.ended
struct call_event_data : call_data {};

// leg.*
struct leg_event_data : call_data {
    text channel;
    party leg;
    text bridge_id;

    template <class = void>
    static constexpr auto fields() {
        using self = leg_event_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"channel", &self::channel, "the PBX's name of the connection"},
                       field{"leg", &self::leg, "the party at this connection"},
                       field{"bridge_id", &self::bridge_id, "what it is connected through"}});
    }
};

}  // namespace callstream
