// One row for each event type: its name, its CSTA term and a phrase. Routing, schemas and the
// documents are made from this table.
//
// CSTA names are those of ECMA-269. `family` is the part of the name before the point.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "core/event_type_enum.h"

namespace callstream {

struct event_type_info {
    event_type type;
    std::string_view name;
    std::string_view csta;  // empty: CSTA has no such event; see also event_csta.h
    std::string_view about;

    constexpr std::string_view family() const noexcept { return name.substr(0, name.find('.')); }
};

namespace rows {
using enum event_type;
using row = event_type_info;

inline constexpr std::array all{
    row{call_initiated, "call.initiated", "Originated", "a call began"},
    row{call_ringing, "call.ringing", "Delivered", "the first destination rings"},
    row{call_answered, "call.answered", "Established",
        "two parties talk, or the PBX itself answered"},
    row{call_held, "call.held", "Held", "a party put the call on hold"},
    row{call_retrieved, "call.retrieved", "Retrieved", "a party took the call off hold"},
    row{call_transferred, "call.transferred", "Transferred",
        "a blind or attended transfer was carried out"},
    row{call_diverted, "call.diverted", "Diverted", "a call was picked up or forwarded elsewhere"},
    row{call_parked, "call.parked", "", "a call was put into a parking lot"},
    row{call_unparked, "call.unparked", "", "a parked call was fetched, timed out or given up"},
    row{call_merged, "call.merged", "CallLinkageData", "two calls became one"},
    row{call_dtmf, "call.dtmf", "DigitsGenerated", "a digit was pressed"},
    row{call_failed, "call.failed", "Failed", "no destination could be reached"},
    row{call_ended, "call.ended", "CallCleared", "the last party left"},
    row{leg_created, "leg.created", "", "a channel exists"},
    row{leg_ringing, "leg.ringing", "Delivered", "a party rings"},
    row{leg_answered, "leg.answered", "Established", "a party answered"},
    row{leg_bridged, "leg.bridged", "", "a party was connected to others"},
    row{leg_unbridged, "leg.unbridged", "", "a party was taken from the others"},
    row{leg_ended, "leg.ended", "ConnectionCleared", "a channel is gone"},
    row{queue_caller_joined, "queue.caller_joined", "Queued", "a caller waits"},
    row{queue_caller_left, "queue.caller_left", "", "a caller stopped waiting"},
    row{queue_caller_abandoned, "queue.caller_abandoned", "", "a caller gave up"},
    row{agent_called, "agent.called", "", "a queue rings an agent"},
    row{agent_connected, "agent.connected", "", "an agent took a caller"},
    row{agent_completed, "agent.completed", "", "an agent finished with a caller"},
    row{agent_ring_no_answer, "agent.ring_no_answer", "", "an agent did not answer"},
    row{agent_logged_on, "agent.logged_on", "AgentLoggedOn", "an agent logged on"},
    row{agent_logged_off, "agent.logged_off", "AgentLoggedOff", "an agent logged off"},
    row{agent_ready, "agent.ready", "AgentReady", "an agent takes calls"},
    row{agent_not_ready, "agent.not_ready", "AgentNotReady", "an agent is paused"},
    row{agent_state_changed, "agent.state_changed", "", "the state of an agent's device changed"},
    row{conference_started, "conference.started", "", "a conference has its first party"},
    row{conference_ended, "conference.ended", "", "a conference is over"},
    row{conference_joined, "conference.joined", "Conferenced", "a party joined"},
    row{conference_left, "conference.left", "", "a party left"},
    row{conference_muted, "conference.muted", "", "a party was muted"},
    row{conference_unmuted, "conference.unmuted", "", "a party was unmuted"},
    row{conference_talking, "conference.talking", "", "a party began or stopped talking"},
    row{cdr_created, "cdr.created", "CDRNotification", "a call detail record"},
    row{cdr_updated, "cdr.updated", "CDRNotification", "more is known of a call detail record"},
    row{recording_started, "recording.started", "", "a recording began"},
    row{recording_stopped, "recording.stopped", "", "a recording ended"},
    row{recording_available, "recording.available", "", "a recording can be fetched"},
    row{device_state_changed, "device.state_changed", "", "a device is idle, ringing, busy, away"},
    row{device_registration_changed, "device.registration_changed", "BackInService",
        "a device registered or went away"},
    row{trunk_status_changed, "trunk.status_changed", "BackInService",
        "a trunk became usable or unusable"},
    row{prompt_ended, "prompt.ended", "", "a prompt was played to its end"},
    row{survey_completed, "survey.completed", "", "a caller answered a survey"},
    row{config_changed, "config.changed", "", "the PBX's configuration was changed"},
    row{system_status, "system.status", "SystemStatus", "the PBX told its own state"},
    row{system_reloaded, "system.reloaded", "SystemStatus", "the PBX read its configuration again"},
    row{source_connected, "source.connected", "SystemStatus", "callstream sees this PBX"},
    row{source_disconnected, "source.disconnected", "SystemStatus",
        "callstream no longer sees this PBX"},
    row{source_gap, "source.gap", "SystemStatus", "events between two moments were not seen"},
    row{source_resynced, "source.resynced", "SystemStatus", "the state is right again"},
    row{source_overload, "source.overload", "SystemStatus", "events were shed for want of room"},
    row{vendor_event, "vendor.event", "", "what the PBX said, as it said it"},
    row{call_music_started, "call.music_started", "", "a party hears music while it waits"},
    row{call_music_stopped, "call.music_stopped", "", "the music ended"},
    row{originate_completed, "originate.completed", "",
        "a call that a client asked the PBX for was answered, or was not"},
    row{mailbox_changed, "mailbox.changed", "MessageWaiting",
        "messages wait in a mailbox, or none"},
    row{user_event, "user.event", "", "what the site's own dialplan had to tell"},
};

}  // namespace rows

inline constexpr const auto& event_types = rows::all;

constexpr bool event_types_in_order() noexcept {
    for (std::size_t i = 0; i < event_types.size(); ++i)
        if (static_cast<std::size_t>(event_types[i].type) != i) return false;
    return event_types.size() == static_cast<std::size_t>(event_type::user_event) + 1;
}
static_assert(event_types_in_order(), "the table has one row for each enumerator, in order");

}  // namespace callstream
