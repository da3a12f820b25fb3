// Data of call.* and leg.* events. Every one carries the whole picture of the call as it is known
// at that moment, so that a consumer may start anywhere in the stream.
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
            field{"recording", &self::recording, "file of the call's recording"}};
    }
};

// call.initiated, call.ringing, call.answered, call.held, call.retrieved, call.failed, call.ended
struct call_event_data : call_data {};

// leg.*
struct leg_event_data : call_data {
    text channel;
    party leg;
    text bridge_id;

    static constexpr auto fields() {
        using self = leg_event_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"channel", &self::channel, "the PBX's name of the connection"},
                       field{"leg", &self::leg, "the party at this connection"},
                       field{"bridge_id", &self::bridge_id, "what it is connected through"}});
    }
};

enum class transfer_kind : std::uint8_t { none, blind, attended };
template <>
inline constexpr std::array<std::string_view, 3> names_of<transfer_kind>{"", "blind", "attended"};

struct call_transferred_data : call_data {
    transfer_kind kind = transfer_kind::none;
    text result;
    party transferrer;
    party transferee;
    party target;
    text target_context;
    text other_call_id;

    static constexpr auto fields() {
        using self = call_transferred_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{
                field{"kind", &self::kind, "blind or attended"},
                field{"result", &self::result, "what the PBX said of it, such as Success"},
                field{"transferrer", &self::transferrer, "who passed the call on"},
                field{"transferee", &self::transferee, "who was passed on"},
                field{"target", &self::target, "where to"},
                field{"target_context", &self::target_context, "dialplan context of the target"},
                field{"other_call_id", &self::other_call_id, "the consultation call"}});
    }
};

enum class diversion_kind : std::uint8_t { none, pickup, forward };
template <>
inline constexpr std::array<std::string_view, 3> names_of<diversion_kind>{"", "pickup", "forward"};

struct call_diverted_data : call_data {
    diversion_kind kind = diversion_kind::none;
    party diverting;
    party target;

    static constexpr auto fields() {
        using self = call_diverted_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"kind", &self::kind, "picked up or forwarded"},
                       field{"diverting", &self::diverting, "whom the call was meant for"},
                       field{"target", &self::target, "where it went"}});
    }
};

enum class unpark_reason : std::uint8_t { none, retrieved, timeout, gave_up };
template <>
inline constexpr std::array<std::string_view, 4> names_of<unpark_reason>{"", "retrieved", "timeout",
                                                                         "gave-up"};

// call.parked, call.unparked
struct call_parked_data : call_data {
    text lot;
    text space;
    text parker;
    std::optional<duration> timeout_seconds;
    std::optional<duration> parked_seconds;
    unpark_reason reason = unpark_reason::none;
    party retriever;

    static constexpr auto fields() {
        using self = call_parked_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"lot", &self::lot, "parking lot"},
                       field{"space", &self::space, "number to dial to fetch it"},
                       field{"parker", &self::parker, "who parked it"},
                       field{"timeout_seconds", &self::timeout_seconds, "until it comes back"},
                       field{"parked_seconds", &self::parked_seconds, "how long it was parked"},
                       field{"reason", &self::reason, "why it left the lot; null while parked"},
                       field{"retriever", &self::retriever, "who fetched it"}});
    }
};

struct call_merged_data : call_data {
    text merged_call_id;

    static constexpr auto fields() {
        using self = call_merged_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"merged_call_id", &self::merged_call_id,
                             "the call that is now part of call_id and sends no more events"}});
    }
};

struct call_dtmf_data : call_data {
    text digit;
    text dtmf_direction;
    std::optional<duration> digit_seconds;

    static constexpr auto fields() {
        using self = call_dtmf_data;
        return std::tuple_cat(
            call_data::fields(),
            std::tuple{field{"digit", &self::digit, "the key"},
                       field{"dtmf_direction", &self::dtmf_direction, "received or sent"},
                       field{"digit_seconds", &self::digit_seconds, "how long it was held"}});
    }
};

}  // namespace callstream
