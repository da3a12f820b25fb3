#include "parsers/ami_event_list.h"
#include "parsers/ami_key.h"

namespace callstream::parsers {

namespace {

using enum ami_event;
using row = name_row<ami_event>;

// One row a line would make a long file of it.
// clang-format off
constexpr row rows[]{
    {agent_called, "AgentCalled"}, {agent_complete, "AgentComplete"},
    {agent_connect, "AgentConnect"}, {agent_dump, "AgentDump"}, {agent_login, "AgentLogin"},
    {agent_logoff, "AgentLogoff"}, {agent_ring_no_answer, "AgentRingNoAnswer"}, {agents, "Agents"},
    {agents_complete, "AgentsComplete"}, {agi_exec_end, "AGIExecEnd"},
    {agi_exec_start, "AGIExecStart"}, {alarm, "Alarm"}, {alarm_clear, "AlarmClear"},
    {aoc_d, "AOC-D"}, {aoc_e, "AOC-E"}, {aoc_s, "AOC-S"}, {aor_detail, "AorDetail"},
    {aor_list, "AorList"}, {aor_list_complete, "AorListComplete"}, {async_agi_end, "AsyncAGIEnd"},
    {async_agi_exec, "AsyncAGIExec"}, {async_agi_start, "AsyncAGIStart"},
    {attended_transfer, "AttendedTransfer"}, {auth_detail, "AuthDetail"}, {auth_list, "AuthList"},
    {auth_list_complete, "AuthListComplete"}, {auth_method_not_allowed, "AuthMethodNotAllowed"},
    {auto_mix_monitor_end, "AutoMixMonitorEnd"},
    {blind_transfer, "BlindTransfer"}, {bridge, "Bridge"}, {bridge_create, "BridgeCreate"},
    {bridge_destroy, "BridgeDestroy"}, {bridge_enter, "BridgeEnter"},
    {bridge_info_channel, "BridgeInfoChannel"}, {bridge_info_complete, "BridgeInfoComplete"},
    {bridge_leave, "BridgeLeave"}, {bridge_list_complete, "BridgeListComplete"},
    {bridge_list_item, "BridgeListItem"}, {bridge_merge, "BridgeMerge"},
    {bridge_technology_list_complete, "BridgeTechnologyListComplete"},
    {bridge_technology_list_item, "BridgeTechnologyListItem"},
    {bridge_video_source_update, "BridgeVideoSourceUpdate"}, {cdr, "Cdr"}, {cel, "CEL"},
    {challenge_response_failed, "ChallengeResponseFailed"}, {challenge_sent, "ChallengeSent"},
    {channel_talking_start, "ChannelTalkingStart"}, {channel_talking_stop, "ChannelTalkingStop"},
    {channel_update, "ChannelUpdate"}, {chan_spy_start, "ChanSpyStart"},
    {chan_spy_stop, "ChanSpyStop"}, {close_session, "CloseSession"},
    {confbridge_end, "ConfbridgeEnd"}, {confbridge_join, "ConfbridgeJoin"},
    {confbridge_leave, "ConfbridgeLeave"}, {confbridge_list, "ConfbridgeList"},
    {confbridge_list_complete, "ConfbridgeListComplete"},
    {confbridge_list_rooms, "ConfbridgeListRooms"},
    {confbridge_list_rooms_complete, "ConfbridgeListRoomsComplete"},
    {confbridge_mute, "ConfbridgeMute"}, {confbridge_record, "ConfbridgeRecord"},
    {confbridge_start, "ConfbridgeStart"}, {confbridge_stop_record, "ConfbridgeStopRecord"},
    {confbridge_talking, "ConfbridgeTalking"}, {confbridge_unmute, "ConfbridgeUnmute"},
    {contact_list, "ContactList"}, {contact_list_complete, "ContactListComplete"},
    {contact_status, "ContactStatus"}, {contact_status_detail, "ContactStatusDetail"},
    {contact_status_detail_complete, "ContactStatusDetailComplete"},
    {core_show_channel, "CoreShowChannel"}, {core_show_channel_map, "CoreShowChannelMap"},
    {core_show_channel_map_complete, "CoreShowChannelMapComplete"},
    {core_show_channels_complete, "CoreShowChannelsComplete"}, {dahdi_channel, "DAHDIChannel"},
    {db_get_complete, "DBGetComplete"}, {db_get_response, "DBGetResponse"},
    {db_get_tree_complete, "DBGetTreeComplete"}, {db_get_tree_response, "DBGetTreeResponse"},
    {deadlock_start, "DeadlockStart"}, {device_state_change, "DeviceStateChange"},
    {device_state_list_complete, "DeviceStateListComplete"}, {dial, "Dial"},
    {dial_begin, "DialBegin"}, {dial_end, "DialEnd"}, {dial_state, "DialState"},
    {dnd_state, "DNDState"}, {dtmf, "DTMF"}, {dtmf_begin, "DTMFBegin"}, {dtmf_end, "DTMFEnd"},
    {endpoint_detail, "EndpointDetail"}, {endpoint_detail_complete, "EndpointDetailComplete"},
    {endpoint_list, "EndpointList"}, {endpoint_list_complete, "EndpointListComplete"},
    {extension_state_list_complete, "ExtensionStateListComplete"},
    {extension_status, "ExtensionStatus"}, {failed_acl, "FailedACL"}, {fax_session, "FAXSession"},
    {fax_sessions_complete, "FAXSessionsComplete"}, {fax_sessions_entry, "FAXSessionsEntry"},
    {fax_stats, "FAXStats"}, {fax_status, "FAXStatus"}, {flash, "Flash"},
    {fully_booted, "FullyBooted"}, {hangup, "Hangup"}, {hangup_handler_pop, "HangupHandlerPop"},
    {hangup_handler_push, "HangupHandlerPush"}, {hangup_handler_run, "HangupHandlerRun"},
    {hangup_request, "HangupRequest"}, {hold, "Hold"}, {identify_detail, "IdentifyDetail"},
    {inbound_registration_detail, "InboundRegistrationDetail"},
    {inbound_registration_detail_complete, "InboundRegistrationDetailComplete"},
    {inbound_subscription_detail, "InboundSubscriptionDetail"},
    {inbound_subscription_detail_complete, "InboundSubscriptionDetailComplete"},
    {invalid_account_id, "InvalidAccountID"}, {invalid_password, "InvalidPassword"},
    {invalid_transport, "InvalidTransport"}, {jabber_status, "JabberStatus"}, {join, "Join"},
    {leave, "Leave"}, {link, "Link"}, {list_dialplan, "ListDialplan"}, {load, "Load"},
    {load_average_limit, "LoadAverageLimit"}, {local_bridge, "LocalBridge"},
    {local_optimization_begin, "LocalOptimizationBegin"},
    {local_optimization_end, "LocalOptimizationEnd"}, {log_channel, "LogChannel"},
    {masquerade, "Masquerade"}, {mcid, "MCID"}, {meetme_end, "MeetmeEnd"},
    {meetme_join, "MeetmeJoin"}, {meetme_leave, "MeetmeLeave"}, {meetme_list, "MeetmeList"},
    {meetme_list_rooms, "MeetmeListRooms"}, {meetme_mute, "MeetmeMute"},
    {meetme_talking, "MeetmeTalking"}, {meetme_talk_request, "MeetmeTalkRequest"},
    {memory_limit, "MemoryLimit"}, {message_waiting, "MessageWaiting"},
    {mini_voice_mail, "MiniVoiceMail"}, {mix_monitor_mute, "MixMonitorMute"},
    {mix_monitor_start, "MixMonitorStart"}, {mix_monitor_stop, "MixMonitorStop"},
    {mobile_status, "MobileStatus"}, {music_on_hold, "MusicOnHold"},
    {music_on_hold_start, "MusicOnHoldStart"}, {music_on_hold_stop, "MusicOnHoldStop"},
    {mwi_get, "MWIGet"}, {mwi_get_complete, "MWIGetComplete"}, {new_account_code, "NewAccountCode"},
    {new_callerid, "NewCallerid"}, {newchannel, "Newchannel"},
    {new_connected_line, "NewConnectedLine"}, {newexten, "Newexten"}, {newstate, "Newstate"},
    {originate_response, "OriginateResponse"},
    {outbound_registration_detail, "OutboundRegistrationDetail"},
    {outbound_registration_detail_complete, "OutboundRegistrationDetailComplete"},
    {outbound_subscription_detail, "OutboundSubscriptionDetail"}, {parked_call, "ParkedCall"},
    {parked_call_give_up, "ParkedCallGiveUp"}, {parked_calls_complete, "ParkedCallsComplete"},
    {parked_call_swap, "ParkedCallSwap"}, {parked_call_time_out, "ParkedCallTimeOut"},
    {parkinglot, "Parkinglot"}, {parkinglots_complete, "ParkinglotsComplete"},
    {peer_entry, "PeerEntry"}, {peerlist_complete, "PeerlistComplete"}, {peer_status, "PeerStatus"},
    {pickup, "Pickup"}, {pjsip_maintenance_status, "PJSIPMaintenanceStatus"},
    {presence_state_change, "PresenceStateChange"},
    {presence_state_list_complete, "PresenceStateListComplete"},
    {presence_status, "PresenceStatus"}, {queue_caller_abandon, "QueueCallerAbandon"},
    {queue_caller_join, "QueueCallerJoin"}, {queue_caller_leave, "QueueCallerLeave"},
    {queue_entry, "QueueEntry"}, {queue_member, "QueueMember"},
    {queue_member_added, "QueueMemberAdded"}, {queue_member_pause, "QueueMemberPause"},
    {queue_member_paused, "QueueMemberPaused"}, {queue_member_penalty, "QueueMemberPenalty"},
    {queue_member_removed, "QueueMemberRemoved"}, {queue_member_ringinuse, "QueueMemberRinginuse"},
    {queue_member_status, "QueueMemberStatus"}, {queue_params, "QueueParams"},
    {queue_status_complete, "QueueStatusComplete"}, {queue_summary, "QueueSummary"},
    {queue_summary_complete, "QueueSummaryComplete"}, {receive_fax, "ReceiveFAX"},
    {registrations_complete, "RegistrationsComplete"}, {registry, "Registry"}, {reload, "Reload"},
    {rename, "Rename"}, {request_bad_format, "RequestBadFormat"},
    {request_not_allowed, "RequestNotAllowed"}, {request_not_supported, "RequestNotSupported"},
    {resource_list_detail, "ResourceListDetail"}, {rtcp_received, "RTCPReceived"},
    {rtcp_sent, "RTCPSent"}, {send_fax, "SendFAX"}, {session_limit, "SessionLimit"},
    {show_dial_plan_complete, "ShowDialPlanComplete"}, {shutdown, "Shutdown"},
    {soft_hangup_request, "SoftHangupRequest"}, {span_alarm, "SpanAlarm"},
    {span_alarm_clear, "SpanAlarmClear"}, {status, "Status"}, {status_complete, "StatusComplete"},
    {successful_auth, "SuccessfulAuth"}, {transfer, "Transfer"},
    {transport_detail, "TransportDetail"}, {unexpected_address, "UnexpectedAddress"},
    {unhold, "Unhold"}, {unlink, "Unlink"}, {unload, "Unload"}, {unparked_call, "UnParkedCall"},
    {user_event, "UserEvent"}, {var_set, "VarSet"},
    {voicemail_password_change, "VoicemailPasswordChange"},
    {voicemail_user_entry, "VoicemailUserEntry"},
    {voicemail_user_entry_complete, "VoicemailUserEntryComplete"},
    {wait_event_complete, "WaitEventComplete"}, {wink, "Wink"},
};
// clang-format on

static_assert(names_are_complete<ami_event>(rows, 2, ami_event_count));

}  // namespace

constexpr ami_event_table_type ami_event_table(rows);

ami_event ami_event_named(std::string_view name) noexcept {
    return ami_event_table.find(name);
}

std::string_view name_of(ami_event known) noexcept {
    return ami_event_table.name_of(known);
}

}  // namespace callstream::parsers
