// Data of events about devices, trunks, the PBX itself, our view of it, and of what nobody typed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>

#include "core/event_data.h"

namespace callstream {

// device.*
struct device_data {
    text device;
    text state;
    text address;
    text context;
    text reason;
    std::span<const header> variables{};

    template <class = void>
    static constexpr auto fields() {
        using self = device_data;
        return std::tuple{
            field{"device", &self::device, "device, extension or contact"},
            field{"state", &self::state, "its state now"},
            field{"address", &self::address, "where it is registered from"},
            field{"context", &self::context, "dialplan context of an extension"},
            field{"reason", &self::reason, "why, where the PBX says"},
            field{"variables", &self::variables, "further fields, as the PBX sent them"}};
    }
};

// trunk.status_changed
struct trunk_data {
    text trunk;
    text status;
    text address;
    text reason;
    std::span<const header> variables{};

    template <class = void>
    static constexpr auto fields() {
        using self = trunk_data;
        return std::tuple{
            field{"trunk", &self::trunk, "name of the trunk"},
            field{"status", &self::status, "its status now"},
            field{"address", &self::address, "the other side"},
            field{"reason", &self::reason, "why, where the PBX says"},
            field{"variables", &self::variables, "further fields, as the PBX sent them"}};
    }
};

// prompt.ended, survey.completed
struct prompt_data {
    text call_id;
    text leg_id;
    text name;
    text answer;

    template <class = void>
    static constexpr auto fields() {
        using self = prompt_data;
        return std::tuple{field{"call_id", &self::call_id, "the call"},
                          field{"leg_id", &self::leg_id, "the connection that heard it"},
                          field{"name", &self::name, "prompt or survey"},
                          field{"answer", &self::answer, "what the caller answered"}};
    }
};

// config.changed, system.status, system.reloaded
struct system_data {
    text component;
    text operation;
    text status;
    std::span<const header> values;

    template <class = void>
    static constexpr auto fields() {
        using self = system_data;
        return std::tuple{field{"component", &self::component, "module, object or resource"},
                          field{"operation", &self::operation, "what was done to it"},
                          field{"status", &self::status, "its status now"},
                          field{"values", &self::values, "readings, as the PBX gave them"}};
    }
};

// source.*
struct source_data {
    text transport;
    text address;
    text version;
    text reason;
    std::optional<timestamp> from;
    std::optional<timestamp> to;
    std::optional<std::int64_t> missing_count;

    template <class = void>
    static constexpr auto fields() {
        using self = source_data;
        return std::tuple{
            field{"transport", &self::transport, "ami, push or poll"},
            field{"address", &self::address, "the PBX's address"},
            field{"version", &self::version, "what the PBX says it speaks"},
            field{"reason", &self::reason, "why"},
            field{"from", &self::from, "first moment that was not seen"},
            field{"to", &self::to, "last moment that was not seen"},
            field{"missing_count", &self::missing_count, "events known to be missing"}};
    }
};

// vendor.event
struct vendor_data {
    text call_id;
    text leg_id;
    bool verified = true;
    std::span<const header> headers;

    template <class = void>
    static constexpr auto fields() {
        using self = vendor_data;
        return std::tuple{
            field{"call_id", &self::call_id, "the call, where the event names one"},
            field{"leg_id", &self::leg_id, "the connection, where the event names one"},
            field{"verified", &self::verified,
                  "false: it lacks the marks of a genuine event; a value may have forged it"},
            field{"headers", &self::headers, "all of the message, in order, repeats kept"}};
    }
};

}  // namespace callstream
