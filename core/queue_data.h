// Data of queues, their agents, and conferences. call_id is null where no call is involved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "core/event_data.h"

namespace callstream {

// queue.*
struct queue_data {
    text call_id;
    text leg_id;
    text queue;
    party caller;
    std::optional<std::int64_t> position;
    std::optional<std::int64_t> original_position;
    std::optional<std::int64_t> waiting;
    std::optional<duration> wait_seconds;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = queue_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the caller's call"},
            field{"leg_id", &self::leg_id, "the caller's connection"},
            field{"queue", &self::queue, "name of the queue"},
            field{"caller", &self::caller, "who waits"},
            field{"position", &self::position, "place in the queue, from 1"},
            field{"original_position", &self::original_position, "place when the caller joined"},
            field{"waiting", &self::waiting, "callers in the queue after this event"},
            field{"wait_seconds", &self::wait_seconds, "how long the caller waited"},
            field{"variables", &self::variables, "channel variables, in order, repeats kept"}};
    }
};

// agent.*
struct agent_data {
    text call_id;
    text leg_id;
    text agent_leg_id;
    text queue;
    text agent;
    text device;
    party caller;
    text state;
    std::optional<bool> paused;
    text reason;
    std::optional<duration> wait_seconds;
    std::optional<duration> ring_seconds;
    std::optional<duration> talk_seconds;
    std::optional<std::int64_t> calls_taken;
    std::optional<std::int64_t> penalty;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = agent_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the caller's call"},
            field{"leg_id", &self::leg_id, "the caller's connection"},
            field{"agent_leg_id", &self::agent_leg_id, "the agent's connection"},
            field{"queue", &self::queue, "name of the queue; null for all"},
            field{"agent", &self::agent, "name of the agent"},
            field{"device", &self::device, "the agent's device or interface"},
            field{"caller", &self::caller, "who is served"},
            field{"state", &self::state, "state of the agent's device"},
            field{"paused", &self::paused, "takes no calls"},
            field{"reason", &self::reason, "of a pause, or who ended the conversation"},
            field{"wait_seconds", &self::wait_seconds, "how long the caller waited"},
            field{"ring_seconds", &self::ring_seconds, "how long the agent rang"},
            field{"talk_seconds", &self::talk_seconds, "how long they talked"},
            field{"calls_taken", &self::calls_taken, "calls this agent took from the queue"},
            field{"penalty", &self::penalty, "the agent's penalty in the queue"},
            field{"variables", &self::variables, "channel variables, in order, repeats kept"}};
    }
};

// conference.*
struct conference_data {
    text call_id;
    text leg_id;
    text conference;
    text bridge_id;
    party member;
    std::optional<bool> admin;
    std::optional<bool> muted;
    std::optional<bool> talking;
    std::optional<std::int64_t> member_count;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = conference_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the party's call"},
            field{"leg_id", &self::leg_id, "the party's connection"},
            field{"conference", &self::conference, "number or name of the room"},
            field{"bridge_id", &self::bridge_id, "the bridge behind the room"},
            field{"member", &self::member, "the party"},
            field{"admin", &self::admin, "has the room's administrator rights"},
            field{"muted", &self::muted, "cannot be heard"},
            field{"talking", &self::talking, "is talking"},
            field{"member_count", &self::member_count, "parties in the room"},
            field{"variables", &self::variables, "channel variables, in order, repeats kept"}};
    }
};

}  // namespace callstream
