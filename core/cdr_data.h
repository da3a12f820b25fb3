// Data of call detail records and recordings. call_id is null where no call is involved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "core/event_data.h"

namespace callstream {

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

    template <class = void>
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
    text conference;
    text file;
    text format;
    text path;
    text checksum;
    std::optional<std::int64_t> size;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = recording_data;
        return std::tuple{field{"call_id", &self::call_id, "the recorded call"},
                          field{"leg_id", &self::leg_id, "the recorded connection"},
                          field{"conference", &self::conference, "the recorded conference"},
                          field{"file", &self::file, "the PBX's name of the recording"},
                          field{"format", &self::format, "such as wav"},
                          field{"path", &self::path, "where callstream stored it"},
                          field{"checksum", &self::checksum, "sha256 of the stored file"},
                          field{"size", &self::size, "bytes of the stored file"},
                          field{"variables", &self::variables,
                                "further fields or channel variables, in order, repeats kept"}};
    }
};

}  // namespace callstream
