// The AMI events that callstream knows by name, from Asterisk 1.4 to 23 (see tests/data/asterisk).
//
// To add one: an enumerator here and a row in ami_event.cpp, both anywhere; an event without a row,
// or with two, does not compile. The file is sorted, so that a name is found by eye.
#pragma once

#include <cstddef>
#include <cstdint>

namespace callstream::parsers {

// none: the message has no Event header; unknown: it has one that is not in this list.
// clang-format off
enum class ami_event : std::uint16_t {
    none, unknown,
    agent_called, agent_complete, agent_connect, agent_dump, agent_login, agent_logoff,
    agent_ring_no_answer, agents, agents_complete, agi_exec_end, agi_exec_start, alarm, alarm_clear,
    aoc_d, aoc_e, aoc_s, aor_detail, aor_list, aor_list_complete, async_agi_end, async_agi_exec,
    async_agi_start, attended_transfer, auth_detail, auth_list, auth_list_complete,
    auth_method_not_allowed, auto_mix_monitor_end, blind_transfer, bridge, bridge_create,
    bridge_destroy, bridge_enter,
    bridge_info_channel, bridge_info_complete, bridge_leave, bridge_list_complete, bridge_list_item,
    bridge_merge, bridge_technology_list_complete, bridge_technology_list_item,
    bridge_video_source_update, cdr, cel, challenge_response_failed, challenge_sent,
    channel_talking_start, channel_talking_stop, channel_update, chan_spy_start, chan_spy_stop,
    close_session, confbridge_end, confbridge_join, confbridge_leave, confbridge_list,
    confbridge_list_complete, confbridge_list_rooms, confbridge_list_rooms_complete,
    confbridge_mute, confbridge_record, confbridge_start, confbridge_stop_record,
    confbridge_talking, confbridge_unmute, contact_list, contact_list_complete, contact_status,
    contact_status_detail, contact_status_detail_complete, core_show_channel, core_show_channel_map,
    core_show_channel_map_complete, core_show_channels_complete, dahdi_channel, db_get_complete,
    db_get_response, db_get_tree_complete, db_get_tree_response, deadlock_start,
    device_state_change, device_state_list_complete, dial, dial_begin, dial_end, dial_state,
    dnd_state, dtmf, dtmf_begin, dtmf_end, endpoint_detail, endpoint_detail_complete, endpoint_list,
    endpoint_list_complete, extension_state_list_complete, extension_status, failed_acl,
    fax_session, fax_sessions_complete, fax_sessions_entry, fax_stats, fax_status, flash,
    fully_booted, hangup, hangup_handler_pop, hangup_handler_push, hangup_handler_run,
    hangup_request, hold, identify_detail, inbound_registration_detail,
    inbound_registration_detail_complete, inbound_subscription_detail,
    inbound_subscription_detail_complete, invalid_account_id, invalid_password, invalid_transport,
    jabber_status, join, leave, link, list_dialplan, load, load_average_limit, local_bridge,
    local_optimization_begin, local_optimization_end, log_channel, masquerade, mcid, meetme_end,
    meetme_join, meetme_leave, meetme_list, meetme_list_rooms, meetme_mute, meetme_talking,
    meetme_talk_request, memory_limit, message_waiting, mini_voice_mail, mix_monitor_mute,
    mix_monitor_start, mix_monitor_stop, mobile_status, music_on_hold, music_on_hold_start,
    music_on_hold_stop, mwi_get, mwi_get_complete, new_account_code, new_callerid, newchannel,
    new_connected_line, newexten, newstate, originate_response, outbound_registration_detail,
    outbound_registration_detail_complete, outbound_subscription_detail, parked_call,
    parked_call_give_up, parked_calls_complete, parked_call_swap, parked_call_time_out, parkinglot,
    parkinglots_complete, peer_entry, peerlist_complete, peer_status, pickup,
    pjsip_maintenance_status, presence_state_change, presence_state_list_complete, presence_status,
    queue_caller_abandon, queue_caller_join, queue_caller_leave, queue_entry, queue_member,
    queue_member_added, queue_member_pause, queue_member_paused, queue_member_penalty,
    queue_member_removed, queue_member_ringinuse, queue_member_status, queue_params,
    queue_status_complete, queue_summary, queue_summary_complete, receive_fax,
    registrations_complete, registry, reload, rename, request_bad_format, request_not_allowed,
    request_not_supported, resource_list_detail, rtcp_received, rtcp_sent, send_fax, session_limit,
    show_dial_plan_complete, shutdown, soft_hangup_request, span_alarm, span_alarm_clear, status,
    status_complete, successful_auth, transfer, transport_detail, unexpected_address, unhold,
    unlink, unload, unparked_call, user_event, var_set, voicemail_password_change,
    voicemail_user_entry, voicemail_user_entry_complete, wait_event_complete, wink, count_,
};
// clang-format on

inline constexpr std::size_t ami_event_count = static_cast<std::size_t>(ami_event::count_);

}  // namespace callstream::parsers
