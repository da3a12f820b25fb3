// Data of the facts beside calls: queues, agents, conferences, CDRs, recordings, devices, trunks,
// the PBX itself and our view of it. call_id is null where no call is involved.
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
            field{"wait_seconds", &self::wait_seconds, "how long the caller waited"}};
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
            field{"penalty", &self::penalty, "the agent's penalty in the queue"}};
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

    static constexpr auto fields() {
        using self = conference_data;
        return std::tuple{field{"call_id", &self::call_id, "the party's call"},
                          field{"leg_id", &self::leg_id, "the party's connection"},
                          field{"conference", &self::conference, "number or name of the room"},
                          field{"bridge_id", &self::bridge_id, "the bridge behind the room"},
                          field{"member", &self::member, "the party"},
                          field{"admin", &self::admin, "has the room's administrator rights"},
                          field{"muted", &self::muted, "cannot be heard"},
                          field{"talking", &self::talking, "is talking"},
                          field{"member_count", &self::member_count, "parties in the room"}};
    }
};

// cdr.*
struct cdr_data {
    text call_id;
    text leg_id;
    text cdr_id;
    enum direction direction = direction::none;
    party calling;
    party called;
    text channel;
    text destination_channel;
    text context;
    text application;
    text application_data;
    std::optional<timestamp> started_at;
    std::optional<timestamp> answered_at;
    std::optional<timestamp> ended_at;
    std::optional<duration> duration_seconds;
    std::optional<duration> billable_seconds;
    enum disposition disposition = disposition::none;
    text account_code;
    text ama_flags;
    text user_field;
    text recording;
    std::span<const header> variables;

    static constexpr auto fields() {
        using self = cdr_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the call this record belongs to"},
            field{"leg_id", &self::leg_id, "the connection it bills"},
            field{"cdr_id", &self::cdr_id, "the PBX's own number of the record"},
            field{"direction", &self::direction, "seen from the PBX"},
            field{"calling", &self::calling, "who called"},
            field{"called", &self::called, "whom"},
            field{"channel", &self::channel, "calling channel"},
            field{"destination_channel", &self::destination_channel, "called channel"},
            field{"context", &self::context, "dialplan context of the destination"},
            field{"application", &self::application, "last application"},
            field{"application_data", &self::application_data, "its arguments"},
            field{"started_at", &self::started_at, "start"},
            field{"answered_at", &self::answered_at, "answer; null if there was none"},
            field{"ended_at", &self::ended_at, "end"},
            field{"duration_seconds", &self::duration_seconds, "from start to end"},
            field{"billable_seconds", &self::billable_seconds, "from answer to end"},
            field{"disposition", &self::disposition, "outcome"},
            field{"account_code", &self::account_code, "account"},
            field{"ama_flags", &self::ama_flags, "billing flags"},
            field{"user_field", &self::user_field, "the site's own field"},
            field{"recording", &self::recording, "file of the recording"},
            field{"variables", &self::variables, "further fields, as the PBX sent them"}};
    }
};

// recording.*
struct recording_data {
    text call_id;
    text leg_id;
    text file;
    text format;
    text path;
    text checksum;
    std::optional<std::int64_t> size;

    static constexpr auto fields() {
        using self = recording_data;
        return std::tuple{field{"call_id", &self::call_id, "the recorded call"},
                          field{"leg_id", &self::leg_id, "the recorded connection"},
                          field{"file", &self::file, "the PBX's name of the recording"},
                          field{"format", &self::format, "such as wav"},
                          field{"path", &self::path, "where callstream stored it"},
                          field{"checksum", &self::checksum, "sha256 of the stored file"},
                          field{"size", &self::size, "bytes of the stored file"}};
    }
};

}  // namespace callstream
