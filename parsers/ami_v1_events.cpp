#include "parsers/ami_v1_events.h"

#include "parsers/ami_call_events.h"
#include "parsers/ami_text.h"
#include "parsers/bridge_walk.h"
#include "parsers/call_outcome.h"

namespace callstream::parsers {
namespace {

bool is_live(const leg_record* leg) noexcept {
    return leg != nullptr && leg->state != leg_state::ended && !leg->call->is_pending;
}

// Whom a leg's call was with, though they may be parted at the moment.
const leg_record* other_end(const leg_record& leg) noexcept {
    const call_record& call = *leg.call;
    return call.answering_leg != nullptr && call.answering_leg != &leg ? call.answering_leg
                                                                       : call.first_leg;
}

// The dialplan plays the tone.
bool is_busy(const ami_message& message) noexcept {
    return message[ami_key::channel_state] == "7" || message[ami_key::state] == "Busy";
}

bool is_yes(text value) noexcept {
    return to_flag(value).value_or(false);
}

}  // namespace

bool ami_v1_events::translate(const ami_message& message, const moment& when) {
    switch (message.event()) {
        case ami_event::newchannel:
            return on_newchannel(message, when);
        case ami_event::newstate:
            return on_newstate(message, when);
        case ami_event::new_callerid:
            return on_caller_id(message);
        case ami_event::newexten:
            return on_newexten(message);
        case ami_event::dial:
            return on_dial(message, when);
        case ami_event::bridge:
            return message[ami_key::bridgestate] == "Unlink" ? on_unlink(message, when)
                                                             : on_link(message, when);
        case ami_event::link:
            return on_link(message, when);
        case ami_event::unlink:
            return on_unlink(message, when);
        case ami_event::rename:
            return on_rename(message, when);
        case ami_event::hangup:
            return on_hangup(message, when);
        case ami_event::hold:
        case ami_event::unhold:
            return on_hold(message, when);
        case ami_event::dtmf:
            return on_dtmf(message, when);
        case ami_event::transfer:
            return on_transfer(message, when);
        case ami_event::pickup:
            return on_pickup(message, when);
        case ami_event::parked_call:
        case ami_event::unparked_call:
        case ami_event::parked_call_time_out:
        case ami_event::parked_call_give_up:
            return on_parked(message, when);
        default:
            return false;
    }
}

bool ami_v1_events::on_newchannel(const ami_message& message, const moment& when) {
    return calls_.create(when, reader_.view(message, channel_keys::own));
}

bool ami_v1_events::on_newstate(const ami_message& message, const moment& when) {
    channel_view channel = reader_.view(message, channel_keys::own);
    // 1.4 shows the caller's number on the channel that rings.
    if (message[ami_key::state].data() != nullptr) channel.number = channel.name = {};
    leg_record* leg = calls_.see(when, channel);
    if (leg == nullptr) return false;
    if (channel.is_calling && leg->is_pending) {
        calls_.begin_calling(when, *leg, channel);
        return !leg->is_pending;
    }
    const bool is_told = calls_.change_state(when, *leg, channel.state);
    if (is_busy(message) && leg == leg->call->first_leg && leg->call->dialled == dial_result::none)
        leg->call->dialled = dial_result::busy;
    if (channel.state != leg_state::up || !leg->is_dialled) return is_told;
    return calls_.end_dial(when, nullptr, *leg, dial_result::answered) || is_told;
}

bool ami_v1_events::on_caller_id(const ami_message& message) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    const channel_view channel = reader_.view(message, channel_keys::own);
    if (leg != nullptr) calls_.rename_caller(*leg, {channel.number, channel.name, {}});
    return false;
}

// 1.4 says what was dialled, and in which context, only here.
bool ami_v1_events::on_newexten(const ami_message& message) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    const text application = message[ami_key::application];
    if (equal_names(application, "VoiceMail")) leg->call->to_voicemail = true;
    calls_.note_step(*leg, message[ami_key::context], message[ami_key::extension]);
    return false;
}

bool ami_v1_events::on_dial(const ami_message& message, const moment& when) {
    text source = message[ami_key::uniqueid];
    if (source.empty()) source = message[ami_key::src_uniqueid];
    leg_record* from = calls_.find_leg(source);
    if (message[ami_key::sub_event] == "End") {
        if (from != nullptr && !from->call->is_answered)
            from->call->dialled = dial_result_named(message[ami_key::dial_status]);
        return false;
    }
    leg_record* to = calls_.find_leg(message[ami_key::dest_uniqueid]);
    if (to == nullptr || to->state == leg_state::ended) return false;
    const bool was_pending = to->is_pending;
    calls_.begin_dial(when, from, *to, {});
    if (from != nullptr) infer_transfer(when, *from, *to);
    return was_pending && !to->is_pending && to->kind == leg_kind::party;
}

// Somebody was connected, was left, and at once is connected elsewhere: REFER, or a feature code.
// 1.8 says it of phones' own transfers, 1.4 of none.
void ami_v1_events::infer_transfer(const moment& when, leg_record& from, const leg_record& to) {
    constexpr std::chrono::seconds at_once(5);
    const call_record& call = *from.call;
    if (!from.was_up || from.kind != leg_kind::party || !call.connected_at || to.call != &call)
        return;
    leg_record* left = nullptr;
    for (leg_record* leg = call.legs.front(); leg != nullptr; leg = legs_of_call::after(*leg)) {
        if (leg == &from || leg == &to || leg->kind != leg_kind::party) continue;
        if (leg->state != leg_state::ended) return;
        if (leg->was_up && (left == nullptr || *left->ended_at < *leg->ended_at)) left = leg;
    }
    if (left == nullptr || left->has_transferred || when.time - *left->ended_at > at_once) return;
    left->has_transferred = true;
    moment inferred = when;
    inferred.synthetic = true;
    auto data = calls_.data_of<call_transferred_data>(inferred, call, &from);
    data.kind = transfer_kind::blind;
    data.transferrer = left->who.view();
    data.transferee = from.who.view();
    data.target = to.who.view();
    calls_.publish(event_type::call_transferred, inferred, call, event_data(data));
}

bool ami_v1_events::on_link(const ami_message& message, const moment& when) {
    leg_record* one = calls_.find_leg(message[ami_key::uniqueid1]);
    leg_record* two = calls_.find_leg(message[ami_key::uniqueid2]);
    // Of calls from before we listened, this may be the first that we hear.
    if (one == nullptr) one = calls_.see(when, reader_.view(message, channel_keys::linked_one));
    if (two == nullptr) two = calls_.see(when, reader_.view(message, channel_keys::linked_two));
    if (one == nullptr || two == nullptr) return false;
    bridge_id_.assign(one->id.view()).append("+").append(two->id.view());
    return calls_.link(when, *one, *two, bridge_id_);
}

bool ami_v1_events::on_unlink(const ami_message& message, const moment& when) {
    leg_record* one = calls_.find_leg(message[ami_key::uniqueid1]);
    leg_record* two = calls_.find_leg(message[ami_key::uniqueid2]);
    return one != nullptr && two != nullptr && calls_.unlink(when, *one, *two);
}

bool ami_v1_events::on_rename(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    const text name = known_text(message[ami_key::newname]);
    if (name.ends_with("<MASQ>")) {
        clone_id_.assign(leg->id.view());
        return false;
    }
    if (name.ends_with("<ZOMBIE>")) {
        clone_id_.clear();
        leg->channel.assign(name);
        return false;
    }
    leg_record* clone = calls_.find_leg(clone_id_.view());
    if (clone != nullptr && clone != leg && clone->state != leg_state::ended)
        trade(when, *leg, *clone);
    leg->channel.assign(name);
    return false;
}

void ami_v1_events::trade(const moment& when, leg_record& original, leg_record& clone) {
    const bool were_two =
        original.call != clone.call && !original.call->is_pending && !clone.call->is_pending;
    const bool was_ringing = original.state == leg_state::ringing;
    const bool is_told = told_id_.view() == original.id.view();
    // A feature code's transfer connects who is left over a channel of this name.
    const bool is_feature = original.channel.view().starts_with("Transfered/");
    const leg_record* partner = is_feature ? other_end(clone) : nullptr;
    told_id_.clear();
    const bounded_party rung = original.who;
    const bounded_id other_call = were_two ? original.call->id : bounded_id();
    const bounded_party consulted = original.call->called;
    calls_.trade_places(when, original, clone);
    if (is_told || !(were_two || is_feature) || original.call->is_pending) return;
    moment inferred = when;
    inferred.synthetic = true;
    const call_record& call = *original.call;
    if (were_two && was_ringing) {
        auto data = calls_.data_of<call_diverted_data>(inferred, call, &original);
        data.kind = diversion_kind::pickup;
        data.diverting = rung.view();
        data.target = original.who.view();
        calls_.publish(event_type::call_diverted, inferred, call, event_data(data));
        return;
    }
    auto data = calls_.data_of<call_transferred_data>(inferred, call, &original);
    data.kind = transfer_kind::attended;
    data.transferrer = partner != nullptr ? partner->who.view() : rung.view();
    data.transferee = original.who.view();
    data.target = consulted.view();
    if (other_call.view() != call.id.view()) data.other_call_id = other_call.view();
    calls_.publish(event_type::call_transferred, inferred, call, event_data(data));
}

bool ami_v1_events::on_hangup(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr || leg->state == leg_state::ended) return false;
    const auto why = to_number(message[ami_key::cause]);
    if (leg->is_dialled && !leg->was_up && !leg->call->is_answered && why)
        leg->call->dialled = dial_result_of_cause(*why);
    return calls_.hang_up(when, *leg, {why, known_text(message[ami_key::cause_txt])});
}

// 1.8 and later say On and Off in one event.
bool ami_v1_events::on_hold(const ami_message& message, const moment& when) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr) return false;
    const bool is_off = message.event() == ami_event::unhold || message[ami_key::status] == "Off";
    return is_off ? calls_.retrieve(when, *leg) : calls_.hold(when, *leg);
}

// One for the beginning of a digit and one for its end, or one for both.
bool ami_v1_events::on_dtmf(const ami_message& message, const moment& when) {
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (!is_live(leg) || leg->kind == leg_kind::local || !is_yes(message[ami_key::end]))
        return false;
    auto data = calls_.data_of<call_dtmf_data>(when, *leg->call, leg);
    data.digit = message[ami_key::digit];
    data.dtmf_direction = message[ami_key::direction] == "Sent" ? "sent" : "received";
    calls_.publish(event_type::call_dtmf, when, *leg->call, event_data(data));
    return true;
}

bool ami_v1_events::on_transfer(const ami_message& message, const moment& when) {
    leg_record* transferrer = calls_.find_leg(message[ami_key::uniqueid]);
    if (!is_live(transferrer)) return false;
    const leg_record* target = calls_.find_leg(message[ami_key::target_uniqueid]);
    auto data = calls_.data_of<call_transferred_data>(when, *transferrer->call, transferrer);
    data.transferrer = transferrer->who.view();
    transferrer->has_transferred = true;
    const bool is_attended = message[ami_key::transfer_type] == "Attended";
    data.kind = is_attended ? transfer_kind::attended : transfer_kind::blind;
    if (is_attended) {
        // The target is the transferrer's second channel; whom it called is meant.
        const leg_record* transferee = other_party(*transferrer);
        if (transferee != nullptr) data.transferee = transferee->who.view();
        if (target != nullptr) {
            data.target = target->call->called.view();
            if (target->call != transferrer->call) data.other_call_id = target->call->id.view();
            told_id_.assign(target->id.view());
        }
    } else {
        if (target != nullptr) data.transferee = target->who.view();
        data.target.number = known_text(message[ami_key::transfer_exten]);
        data.target_context = known_text(message[ami_key::transfer_context]);
    }
    calls_.publish(event_type::call_transferred, when, *transferrer->call, event_data(data));
    return true;
}

bool ami_v1_events::on_pickup(const ami_message& message, const moment& when) {
    const leg_record* target = calls_.find_channel(message[ami_key::target_channel]);
    const leg_record* picker = calls_.find_channel(message[ami_key::channel]);
    if (!is_live(target) || picker == nullptr) return false;
    told_id_.assign(target->id.view());
    auto data = calls_.data_of<call_diverted_data>(when, *target->call, target);
    data.kind = diversion_kind::pickup;
    data.diverting = target->who.view();
    data.target = picker->who.view();
    calls_.publish(event_type::call_diverted, when, *target->call, event_data(data));
    return true;
}

// 1.4 gives no id here, only the channel.
leg_record* ami_v1_events::parked_leg(const ami_message& message) const noexcept {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    return leg != nullptr ? leg : calls_.find_channel(message[ami_key::channel]);
}

bool ami_v1_events::on_parked(const ami_message& message, const moment& when) {
    leg_record* leg = parked_leg(message);
    if (!is_live(leg)) return false;
    const bool is_parked = message.event() == ami_event::parked_call;
    const text from = known_text(message[ami_key::from]);
    leg->call->is_parked = is_parked;
    auto data = calls_.data_of<call_parked_data>(when, *leg->call, leg);
    data.lot = known_text(message[ami_key::parkinglot]);
    data.space = known_text(message[ami_key::exten]);
    data.timeout_seconds = to_seconds(message[ami_key::timeout]);
    if (is_parked) {
        data.parker = from;
    } else {
        data.reason = unpark_reason_of(message.event());
        if (const leg_record* retriever = calls_.find_channel(from))
            data.retriever = retriever->who.view();
    }
    calls_.publish(is_parked ? event_type::call_parked : event_type::call_unparked, when,
                   *leg->call, event_data(data));
    return true;
}

}  // namespace callstream::parsers
