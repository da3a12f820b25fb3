// Names of AMI headers and events that callstream understands, from the Asterisk source of 1.4 to
// 23 (see tests/data/asterisk). Names are compared without regard to case, so one row serves
// Uniqueid, UniqueID and UniqueId.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callstream::parsers {

enum class ami_key : std::uint16_t {
    unknown,
    event,
    response,
    privilege,
    action_id,
    message,
    event_list,
    list_items,
    challenge,
    timestamp,
    system_name,
    channel,
    channel_state,
    channel_state_desc,
    caller_id_num,
    caller_id_name,
    connected_line_num,
    connected_line_name,
    account_code,
    context,
    exten,
    priority,
    uniqueid,
    linkedid,
};

inline constexpr std::array<std::string_view, 24> ami_key_names{"",
                                                                "Event",
                                                                "Response",
                                                                "Privilege",
                                                                "ActionID",
                                                                "Message",
                                                                "EventList",
                                                                "ListItems",
                                                                "Challenge",
                                                                "Timestamp",
                                                                "SystemName",
                                                                "Channel",
                                                                "ChannelState",
                                                                "ChannelStateDesc",
                                                                "CallerIDNum",
                                                                "CallerIDName",
                                                                "ConnectedLineNum",
                                                                "ConnectedLineName",
                                                                "AccountCode",
                                                                "Context",
                                                                "Exten",
                                                                "Priority",
                                                                "Uniqueid",
                                                                "Linkedid"};

enum class ami_event : std::uint16_t { none, unknown, newchannel, newstate, hangup };

inline constexpr std::array<std::string_view, 5> ami_event_names{"", "", "Newchannel", "Newstate",
                                                                 "Hangup"};

// unknown if the name is not in the table.
ami_key ami_key_named(std::string_view name) noexcept;
ami_event ami_event_named(std::string_view name) noexcept;

}  // namespace callstream::parsers
