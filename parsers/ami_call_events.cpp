#include "parsers/ami_call_events.h"

#include "parsers/ami_text.h"
#include "parsers/call_outcome.h"

namespace callstream::parsers {

bool ami_call_events::translate(const ami_message& message, const moment& when) {
    switch (message.event()) {
        case ami_event::newchannel:
            return calls_.create(when, reader_.view(message, channel_keys::own));
        case ami_event::newstate:
            return on_newstate(message, when);
        case ami_event::new_callerid:
        case ami_event::new_connected_line:
            return on_caller_id(message, when);
        case ami_event::local_bridge:
            return on_local_bridge(message, when);
        case ami_event::dial_begin:
            return on_dial_begin(message, when);
        case ami_event::dial_state:
            return on_dial_state(message, when);
        case ami_event::dial_end:
            return on_dial_end(message, when);
        case ami_event::bridge_enter:
            return on_bridge_enter(message, when);
        case ami_event::bridge_leave:
            return on_bridge_leave(message, when);
        case ami_event::hold:
        case ami_event::unhold:
            return on_hold(message, when);
        case ami_event::newexten:
            return on_application(message);
        case ami_event::dtmf_end:
            return on_dtmf(message, when);
        case ami_event::hangup_request:
        case ami_event::soft_hangup_request:
            return on_hangup_request(message);
        case ami_event::hangup:
            return on_hangup(message, when);
        case ami_event::blind_transfer:
            return on_blind_transfer(message, when);
        case ami_event::attended_transfer:
            return on_attended_transfer(message, when);
        case ami_event::pickup:
            return on_pickup(message, when);
        case ami_event::parked_call:
            return on_parked(message, when);
        case ami_event::unparked_call:
        case ami_event::parked_call_time_out:
        case ami_event::parked_call_give_up:
            return on_unparked(message, when);
        default:
            return false;
    }
}

leg_record* ami_call_events::see(const ami_message& message, const moment& when,
                                 const ami_channel_keys& keys) {
    return calls_.see(when, reader_.view(message, keys));
}

bool ami_call_events::on_newstate(const ami_message& message, const moment& when) {
    const channel_view channel = reader_.view(message, channel_keys::own);
    leg_record* leg = calls_.see(when, channel);
    if (leg == nullptr) return false;
    if (leg->is_pending && channel.is_calling) calls_.begin_calling(when, *leg, channel);
    return calls_.change_state(when, *leg, channel.state);
}

// No news of its own: the names show in the events that follow.
bool ami_call_events::on_caller_id(const ami_message& message, const moment& when) {
    const channel_view channel = reader_.view(message, channel_keys::own);
    leg_record* leg = calls_.see(when, channel);
    if (leg != nullptr && message.event() == ami_event::new_callerid)
        calls_.rename_caller(*leg, {channel.number, channel.name, {}});
    return false;
}

bool ami_call_events::on_local_bridge(const ami_message& message, const moment& when) {
    leg_record* one = see(message, when, channel_keys::local_one);
    leg_record* two = see(message, when, channel_keys::local_two);
    if (one != nullptr && two != nullptr) calls_.pair(*one, *two);
    return false;
}

bool ami_call_events::on_dial_begin(const ami_message& message, const moment& when) {
    leg_record* from = see(message, when, channel_keys::own);
    leg_record* to = see(message, when, channel_keys::destination);
    if (to != nullptr) calls_.begin_dial(when, from, *to, message[ami_key::exten]);
    return false;
}

// Early media comes without a change of the channel's state.
bool ami_call_events::on_dial_state(const ami_message& message, const moment& when) {
    const text status = message[ami_key::dial_status];
    leg_record* to = see(message, when, channel_keys::destination);
    return to != nullptr && (status == "RINGING" || status == "PROGRESS") &&
           calls_.change_state(when, *to, leg_state::ringing);
}

bool ami_call_events::on_dial_end(const ami_message& message, const moment& when) {
    leg_record* from = see(message, when, channel_keys::own);
    leg_record* to = see(message, when, channel_keys::destination);
    if (to == nullptr) return false;
    const bool forwarded = on_forward(message, when, *to);
    const dial_result result = dial_result_named(message[ami_key::dial_status]);
    return calls_.end_dial(when, from, *to, result) || forwarded;
}

bool ami_call_events::on_forward(const ami_message& message, const moment& when,
                                 const leg_record& from) {
    const text target = message[ami_key::forward];
    if (target.empty() || from.call->life != call_life::live) return false;
    auto data = calls_.data_of<call_diverted_data>(when, *from.call, &from);
    data.kind = diversion_kind::forward;
    data.diverting = from.who.view();
    data.target.number = target;
    calls_.publish(event_type::call_diverted, when, *from.call, event_data(data));
    return true;
}

bool ami_call_events::on_application(const ami_message& message) {
    if (message[ami_key::application] != "VoiceMail") return false;
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg != nullptr) leg->call->to_voicemail = true;
    return false;
}

bool ami_call_events::on_bridge_enter(const ami_message& message, const moment& when) {
    leg_record* leg = see(message, when, channel_keys::own);
    if (leg == nullptr) return false;
    return calls_.enter_bridge(when, *leg,
                               {message[ami_key::bridge_uniqueid], message[ami_key::swap_uniqueid],
                                message[ami_key::bridge_type] == "basic",
                                message[ami_key::bridge_technology] == "holding_bridge"});
}

bool ami_call_events::on_bridge_leave(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    leg = see(message, when, channel_keys::own);
    return calls_.leave_bridge(when, *leg);
}

bool ami_call_events::on_hold(const ami_message& message, const moment& when) {
    leg_record* leg = see(message, when, channel_keys::own);
    if (leg == nullptr) return false;
    return message.event() == ami_event::hold ? calls_.hold(when, *leg)
                                              : calls_.retrieve(when, *leg);
}

bool ami_call_events::on_dtmf(const ami_message& message, const moment& when) {
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->call->life != call_life::live || leg->kind == leg_kind::local)
        return false;
    auto data = calls_.data_of<call_dtmf_data>(when, *leg->call, leg);
    data.digit = message[ami_key::digit];
    data.dtmf_direction = message[ami_key::direction] == "Sent" ? "sent" : "received";
    data.digit_seconds = to_milliseconds(message[ami_key::duration_ms]);
    calls_.publish(event_type::call_dtmf, when, *leg->call, event_data(data));
    return true;
}

// Says nothing of its own, but tells who gives up from whom a queue sends away.
bool ami_call_events::on_hangup_request(const ami_message& message) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg != nullptr) leg->is_hanging_up = true;
    return false;
}

// A channel that was never heard of begins no call with its end.
bool ami_call_events::on_hangup(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    return leg != nullptr && calls_.hang_up(when, *leg,
                                            {to_number(message[ami_key::cause]),
                                             known_text(message[ami_key::cause_txt])});
}

}  // namespace callstream::parsers
