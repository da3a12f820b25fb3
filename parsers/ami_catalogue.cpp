#include "parsers/ami_catalogue.h"

#include <array>
#include <cstddef>

namespace callstream::parsers {
namespace {

using enum ami_event;
using enum ami_use;

// clang-format off
constexpr ami_catalogue_row rows[]{
    {agent_called, typed, "agent.called"},
    {agent_complete, typed, "agent.completed"},
    {agent_connect, typed, "agent.connected"},
    {agent_dump, typed, "agent.ring_no_answer"},
    {agent_login, typed, "agent.logged_on"},
    {agent_logoff, typed, "agent.logged_off"},
    {agent_ring_no_answer, typed, "agent.ring_no_answer"},
    {agents, answer, ""},
    {agents_complete, answer, ""},
    {agi_exec_end, passed_on, "a step of an AGI script, not of the call"},
    {agi_exec_start, passed_on, "a step of an AGI script, not of the call"},
    {alarm, typed, "trunk.status_changed"},
    {alarm_clear, typed, "trunk.status_changed"},
    {aoc_d, passed_on, "advice of charge; the Cdr bills"},
    {aoc_e, passed_on, "advice of charge; the Cdr bills"},
    {aoc_s, passed_on, "advice of charge; the Cdr bills"},
    {aor_detail, answer, ""},
    {aor_list, answer, ""},
    {aor_list_complete, answer, ""},
    {async_agi_end, passed_on, "a step of an AGI script, not of the call"},
    {async_agi_exec, passed_on, "a step of an AGI script, not of the call"},
    {async_agi_start, passed_on, "a step of an AGI script, not of the call"},
    {attended_transfer, typed, "call.transferred"},
    {auth_detail, answer, ""},
    {auth_list, answer, ""},
    {auth_list_complete, answer, ""},
    {auth_method_not_allowed, passed_on,
     "a matter of security, for a log of attacks, not of calls"},
    {auto_mix_monitor_end, typed, "recording.available"},
    {blind_transfer, typed, "call.transferred"},
    {bridge, typed, "leg.bridged"},
    {bridge_create, folded, "leg.bridged names the bridge"},
    {bridge_destroy, folded, "leg.unbridged of the last party"},
    {bridge_enter, typed, "leg.bridged"},
    {bridge_info_channel, answer, ""},
    {bridge_info_complete, answer, ""},
    {bridge_leave, typed, "leg.unbridged"},
    {bridge_list_complete, answer, ""},
    {bridge_list_item, answer, ""},
    {bridge_merge, folded, "leg.unbridged and leg.bridged follow for each party moved"},
    {bridge_technology_list_complete, answer, ""},
    {bridge_technology_list_item, answer, ""},
    {bridge_video_source_update, passed_on, "which video is shown"},
    {cdr, typed, "cdr.created, recording.available"},
    {cel, passed_on,
     "repeats what the channel and bridge events say; kept for those who bill by it"},
    {challenge_response_failed, passed_on,
     "a matter of security, for a log of attacks, not of calls"},
    {challenge_sent, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {channel_talking_start, passed_on, "voice activity, where the site switched TALK_DETECT on"},
    {channel_talking_stop, passed_on, "voice activity, where the site switched TALK_DETECT on"},
    {channel_update, passed_on, "the channel driver's own ids of the channel"},
    {chan_spy_start, passed_on, "somebody listens in; the call is as it was"},
    {chan_spy_stop, passed_on, "somebody listens in; the call is as it was"},
    {close_session, passed_on, "a console of the PBX's own phone driver was closed"},
    {confbridge_end, typed, "conference.ended"},
    {confbridge_join, typed, "conference.joined"},
    {confbridge_leave, typed, "conference.left"},
    {confbridge_list, answer, ""},
    {confbridge_list_complete, answer, ""},
    {confbridge_list_rooms, answer, ""},
    {confbridge_list_rooms_complete, answer, ""},
    {confbridge_mute, typed, "conference.muted"},
    {confbridge_record, typed, "recording.started"},
    {confbridge_start, typed, "conference.started"},
    {confbridge_stop_record, typed, "recording.stopped"},
    {confbridge_talking, typed, "conference.talking"},
    {confbridge_unmute, typed, "conference.unmuted"},
    {contact_list, answer, ""},
    {contact_list_complete, answer, ""},
    {contact_status, typed, "device.registration_changed, trunk.status_changed"},
    {contact_status_detail, answer, ""},
    {contact_status_detail_complete, answer, ""},
    {core_show_channel, answer, ""},
    {core_show_channel_map, answer, ""},
    {core_show_channel_map_complete, answer, ""},
    {core_show_channels_complete, answer, ""},
    {dahdi_channel, passed_on, "which line a channel is on"},
    {db_get_complete, answer, ""},
    {db_get_response, answer, ""},
    {db_get_tree_complete, answer, ""},
    {db_get_tree_response, answer, ""},
    {deadlock_start, passed_on, "a fault of the PBX, for its administrator"},
    {device_state_change, typed, "device.state_changed"},
    {device_state_list_complete, answer, ""},
    {dial, folded, "leg.created of whom it rings, call.ringing, call.answered, disposition"},
    {dial_begin, folded, "called, direction and trunk in call.ringing"},
    {dial_end, folded, "call.answered, call.diverted; disposition in call.ended"},
    {dial_state, folded, "leg.ringing and call.ringing for early media"},
    {dnd_state, passed_on, "do not disturb of an analogue line; no other device has it"},
    {dtmf, typed, "call.dtmf"},
    {dtmf_begin, folded, "call.dtmf, at the end of the digit"},
    {dtmf_end, typed, "call.dtmf"},
    {endpoint_detail, answer, ""},
    {endpoint_detail_complete, answer, ""},
    {endpoint_list, answer, ""},
    {endpoint_list_complete, answer, ""},
    {extension_state_list_complete, answer, ""},
    {extension_status, typed, "device.state_changed"},
    {failed_acl, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {fax_session, answer, ""},
    {fax_sessions_complete, answer, ""},
    {fax_sessions_entry, answer, ""},
    {fax_stats, answer, ""},
    {fax_status, passed_on, "the course of a fax"},
    {flash, passed_on, "a signal of an analogue line"},
    {fully_booted, typed, "system.status"},
    {hangup, typed, "leg.ended, call.failed, call.ended, recording.stopped, recording.available"},
    {hangup_handler_pop, passed_on, "a step of the dialplan"},
    {hangup_handler_push, passed_on, "a step of the dialplan"},
    {hangup_handler_run, passed_on, "a step of the dialplan"},
    {hangup_request, passed_on, "who asked for the hang-up; leg.ended has its cause"},
    {hold, typed, "call.held, call.retrieved"},
    {identify_detail, answer, ""},
    {inbound_registration_detail, answer, ""},
    {inbound_registration_detail_complete, answer, ""},
    {inbound_subscription_detail, answer, ""},
    {inbound_subscription_detail_complete, answer, ""},
    {invalid_account_id, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {invalid_password, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {invalid_transport, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {jabber_status, passed_on, "a channel driver that is gone"},
    {join, typed, "queue.caller_joined"},
    {leave, typed, "queue.caller_left"},
    {link, typed, "leg.bridged"},
    {list_dialplan, answer, ""},
    {load, typed, "config.changed"},
    {load_average_limit, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {local_bridge, folded, "leg.bridged: who is behind a Local channel"},
    {local_optimization_begin, folded,
     "leg.bridged and leg.unbridged of those behind the Local channel"},
    {local_optimization_end, folded,
     "leg.bridged and leg.unbridged of those behind the Local channel"},
    {log_channel, passed_on, "the PBX's log, not its calls"},
    {masquerade, folded, "Rename follows, with the identities"},
    {mcid, passed_on, "a request to trace a malicious call"},
    {meetme_end, typed, "conference.ended"},
    {meetme_join, typed, "conference.joined"},
    {meetme_leave, typed, "conference.left"},
    {meetme_list, answer, ""},
    {meetme_list_rooms, answer, ""},
    {meetme_mute, typed, "conference.muted, conference.unmuted"},
    {meetme_talking, typed, "conference.talking"},
    {meetme_talk_request, passed_on, "a party asks to speak"},
    {memory_limit, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {message_waiting, typed, "mailbox.changed"},
    {mini_voice_mail, passed_on, "a message was sent by mail"},
    {mix_monitor_mute, passed_on, "part of a recording is silent"},
    {mix_monitor_start, typed, "recording.started"},
    {mix_monitor_stop, typed, "recording.stopped, recording.available"},
    {mobile_status, passed_on, "a channel driver that is gone"},
    {music_on_hold, typed, "call.music_started, call.music_stopped"},
    {music_on_hold_start, typed, "call.music_started"},
    {music_on_hold_stop, typed, "call.music_stopped"},
    {mwi_get, answer, ""},
    {mwi_get_complete, answer, ""},
    {new_account_code, passed_on, "an account was set; the Cdr has it"},
    {new_callerid, folded, "number and name in the events that follow"},
    {newchannel, typed, "leg.created, call.initiated"},
    {new_connected_line, folded, "call.merged where it shows a new Linkedid"},
    {newexten, passed_on, "a step of the dialplan; of VoiceMail it makes disposition voicemail"},
    {newstate, typed, "leg.ringing, leg.answered, call.ringing, call.answered"},
    {originate_response, typed, "originate.completed"},
    {outbound_registration_detail, answer, ""},
    {outbound_registration_detail_complete, answer, ""},
    {outbound_subscription_detail, answer, ""},
    {parked_call, typed, "call.parked"},
    {parked_call_give_up, typed, "call.unparked"},
    {parked_calls_complete, answer, ""},
    {parked_call_swap, passed_on, "another party waits in its place; call.unparked follows"},
    {parked_call_time_out, typed, "call.unparked"},
    {parkinglot, answer, ""},
    {parkinglots_complete, answer, ""},
    {peer_entry, answer, ""},
    {peerlist_complete, answer, ""},
    {peer_status, typed, "device.registration_changed, trunk.status_changed"},
    {pickup, typed, "call.diverted"},
    {pjsip_maintenance_status, passed_on, "an endpoint is kept from new calls"},
    {presence_state_change, typed, "device.state_changed"},
    {presence_state_list_complete, answer, ""},
    {presence_status, typed, "device.state_changed"},
    {queue_caller_abandon, typed, "queue.caller_abandoned"},
    {queue_caller_join, typed, "queue.caller_joined"},
    {queue_caller_leave, typed, "queue.caller_left"},
    {queue_entry, answer, ""},
    {queue_member, answer, ""},
    {queue_member_added, typed, "agent.logged_on"},
    {queue_member_pause, typed, "agent.ready, agent.not_ready"},
    {queue_member_paused, typed, "agent.ready, agent.not_ready"},
    {queue_member_penalty, typed, "agent.state_changed"},
    {queue_member_removed, typed, "agent.logged_off"},
    {queue_member_ringinuse, typed, "agent.state_changed"},
    {queue_member_status, typed, "agent.state_changed"},
    {queue_params, answer, ""},
    {queue_status_complete, answer, ""},
    {queue_summary, answer, ""},
    {queue_summary_complete, answer, ""},
    {receive_fax, passed_on, "the course of a fax"},
    {registrations_complete, answer, ""},
    {registry, typed, "trunk.status_changed"},
    {reload, typed, "system.reloaded"},
    {rename, folded, "call.merged, call.transferred: who a channel is now"},
    {request_bad_format, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {request_not_allowed, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {request_not_supported, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {resource_list_detail, answer, ""},
    {rtcp_received, passed_on, "quality of the voice stream, many a second"},
    {rtcp_sent, passed_on, "quality of the voice stream, many a second"},
    {send_fax, passed_on, "the course of a fax"},
    {session_limit, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {show_dial_plan_complete, answer, ""},
    {shutdown, typed, "system.status"},
    {soft_hangup_request, passed_on, "who asked for the hang-up; leg.ended has its cause"},
    {span_alarm, typed, "trunk.status_changed"},
    {span_alarm_clear, typed, "trunk.status_changed"},
    {status, answer, ""},
    {status_complete, answer, ""},
    {successful_auth, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {transfer, typed, "call.transferred"},
    {transport_detail, answer, ""},
    {unexpected_address, passed_on, "a matter of security, for a log of attacks, not of calls"},
    {unhold, typed, "call.retrieved"},
    {unlink, typed, "leg.unbridged"},
    {unload, typed, "config.changed"},
    {unparked_call, typed, "call.unparked"},
    {user_event, typed, "user.event"},
    {var_set, passed_on,
     "a channel variable was set; MIXMONITOR_FILENAME names the file in recording.*"},
    {voicemail_password_change, passed_on, "a mailbox got a new password"},
    {voicemail_user_entry, answer, ""},
    {voicemail_user_entry_complete, answer, ""},
    {wait_event_complete, answer, ""},
    {wink, passed_on, "a signal of an analogue line"},
};
// clang-format on

constexpr bool has_each_event_once() {
    std::array<bool, ami_event_count> seen{};
    for (const ami_catalogue_row& row : rows) {
        bool& is_seen = seen[static_cast<std::size_t>(row.event)];
        if (is_seen || row.event < agent_called) return false;
        is_seen = true;
    }
    return std::size(rows) == ami_event_count - static_cast<std::size_t>(agent_called);
}
static_assert(has_each_event_once(), "every event callstream knows has one row");

constexpr std::string_view answer_words = "part of the answer to an action: for whoever asked";

constexpr std::string_view page_begin = R"(# What becomes of each AMI event

Made by `callstream schema --ami-events` from the table in `parsers/ami_catalogue.cpp`; do not edit.
It lists every event that Asterisk 23 documents, and those of Asterisk 1.4 to 11 that later versions
gave another name or dropped.

- **typed**: goes out as the event types named here. A message that is no news (a Hold of what is on
  hold, an event of a channel that is nobody's) goes out as `vendor.event` instead.
- **folded**: only changes or repeats what other events say; the last column says where its facts
  are. The message itself goes out as `vendor.event`, so that nothing is lost.
- **passed on**: goes out as `vendor.event` with all its headers, in order.
- **answer**: comes only because somebody asked; no event.

An event with a name that is not in this list is passed on too. What shows a channel that was not
heard of before begins its leg and call first (`leg.created`, `call.initiated`, synthetic), and what
shows a new Linkedid joins two calls (`call.merged`).

| AMI event | becomes | as, where or why |
|---|---|---|
)";

std::string_view words_of(ami_use use) noexcept {
    switch (use) {
        case typed:
            return "typed";
        case folded:
            return "folded";
        case passed_on:
            return "passed on";
        case answer:
            return "answer";
    }
    return {};
}

}  // namespace

std::span<const ami_catalogue_row> ami_catalogue() noexcept {
    return rows;
}

std::string ami_catalogue_page() {
    std::string page(page_begin);
    for (const ami_catalogue_row& row : rows) {
        page.append("| `").append(name_of(row.event)).append("` | ").append(words_of(row.use));
        page.append(" | ").append(row.use == answer ? answer_words : row.about).append(" |\n");
    }
    return page;
}

}  // namespace callstream::parsers
