// Data of what a PBX does beside connecting people: calls that a client asked for, mailboxes, and
// the events of the site's own dialplan. call_id is null where no call is involved.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "core/event_data.h"

namespace callstream {

// originate.completed
struct originate_data {
    text call_id;
    text leg_id;
    text request_id;
    text result;
    std::optional<std::int64_t> reason;
    text reason_text;
    text channel;
    text context;
    text extension;
    text application;
    party calling;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = originate_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the call; null if it never had a channel"},
            field{"leg_id", &self::leg_id, "the connection that was asked for"},
            field{"request_id", &self::request_id, "the client's own number of its request"},
            field{"result", &self::result, "success or failure"},
            field{"reason", &self::reason, "the PBX's number for why"},
            field{"reason_text", &self::reason_text, "the same in words"},
            field{"channel", &self::channel, "channel, or what was to be dialled"},
            field{"context", &self::context, "dialplan context it was connected to"},
            field{"extension", &self::extension, "extension it was connected to"},
            field{"application", &self::application, "application it was connected to"},
            field{"calling", &self::calling, "caller ID of the request"},
            field{"variables", &self::variables, "channel variables, in order, repeats kept"}};
    }
};

// mailbox.changed
struct mailbox_data {
    text call_id;
    text leg_id;
    text mailbox;
    std::optional<bool> waiting;
    std::optional<std::int64_t> new_count;
    std::optional<std::int64_t> old_count;

    template <class = void>
    static constexpr auto fields() {
        using self = mailbox_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the call that left a message, where it is known"},
            field{"leg_id", &self::leg_id, "its connection"},
            field{"mailbox", &self::mailbox, "mailbox and its context, such as 101@default"},
            field{"waiting", &self::waiting, "whether new messages wait"},
            field{"new_count", &self::new_count, "messages not heard yet"},
            field{"old_count", &self::old_count, "messages kept"}};
    }
};

// user.event
struct user_event_data {
    text call_id;
    text leg_id;
    text name;
    std::span<const header> values;
    std::span<const header> variables;

    template <class = void>
    static constexpr auto fields() {
        using self = user_event_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the call whose dialplan says it"},
            field{"leg_id", &self::leg_id, "the connection"},
            field{"name", &self::name, "the name that the site gave it"},
            field{"values", &self::values, "what it says, in order, repeats kept"},
            field{"variables", &self::variables, "channel variables, in order, repeats kept"}};
    }
};

}  // namespace callstream
