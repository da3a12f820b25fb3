#include "parsers/call_tracker.h"

#include "parsers/call_outcome.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

// Extensions of the dialplan's own that nobody dials.
bool was_dialled(text exten) noexcept {
    return !exten.empty() && exten != "s" && exten != "h";
}

party party_of(const channel_view& channel) noexcept {
    return {channel.number, channel.name, device_of_channel(channel.channel)};
}

void settle_direction(call_record& call) noexcept {
    if (call.direction == direction::none) call.direction = direction::internal;
}

}  // namespace

call_tracker::call_tracker(const call_rules& rules, const call_limits& bounds,
                           const family_output& output)
    : rules_(rules), bounds_(bounds), output_(output) {}

leg_record* call_tracker::see(const moment& when, const channel_view& channel) {
    if (channel.id.empty()) return nullptr;
    leg_record* leg = table_.find_leg(channel.id);
    if (leg == nullptr) {
        moment unseen = when;
        unseen.synthetic = true;
        return add_leg(unseen, channel);
    }
    if (leg->state == leg_state::ended) return leg;
    // An old Asterisk's channel on its way out, under another's name.
    if (channel.call_id.empty() && is_internal_channel(channel.channel)) return leg;
    leg->seen_in_view = view_;
    leg->channel.refine(channel.channel);
    if (leg != leg->call->first_leg)
        leg->who.refine(party_of(channel));
    else if (leg->call->context.empty())
        leg->call->context.assign(channel.context);
    follow_call_id(when, *leg, channel.call_id);
    table_.touch(*leg->call, when.time);
    return leg;
}

bool call_tracker::create(const moment& when, const channel_view& channel) {
    if (leg_record* known = table_.find_leg(channel.id)) {
        if (known->state != leg_state::ended) return false;
        table_.forget(*known);  // the PBX gave the same id again
    }
    const leg_record* leg = add_leg(when, channel);
    return leg != nullptr && leg->kind == leg_kind::party && !leg->is_pending;
}

leg_record* call_tracker::add_leg(const moment& when, const channel_view& channel) {
    if (channel.call_id.empty()) return add_unlinked_leg(when, channel);
    if (channel.id.empty() || is_internal_channel(channel.channel)) return nullptr;
    if (channel.id.size() > bounded_id::capacity || channel.call_id.size() > bounded_id::capacity) {
        ++counters_.not_tracked;
        return nullptr;
    }
    call_record* call = call_for(when, channel);
    if (call == nullptr) return nullptr;
    const bool is_first = call->leg_count == 0;
    leg_record& leg = table_.add_leg(channel.id, *call);
    set_channel(when, leg, channel);
    // Who is behind a Local channel that began the call is known with the first real one.
    if (!is_first && leg.kind == leg_kind::party && call->calling.empty())
        call->calling.assign(leg.who.view());
    if (is_first) {
        begin_with(*call, leg, channel);
        publish(event_type::call_initiated, when, *call,
                leg.kind == leg_kind::party ? &leg : nullptr);
    }
    if (leg.kind == leg_kind::party) publish_leg(event_type::leg_created, when, leg);
    return &leg;
}

void call_tracker::set_channel(const moment& when, leg_record& leg,
                               const channel_view& channel) noexcept {
    leg.channel.assign(channel.channel);
    leg.who.assign(party_of(channel));
    leg.kind = is_local_channel(channel.channel) ? leg_kind::local : leg_kind::party;
    leg.is_trunk = leg.kind == leg_kind::party && rules_.is_trunk(channel.channel, channel.context);
    leg.state = channel.state;
    leg.was_up = leg.state == leg_state::up;
    leg.seen_in_view = view_;
    leg.created_at = when.synthetic ? channel.created_at : when.time;
}

// Its Linkedid's call; a new one if that is over, for an ended call begins no second time.
call_record* call_tracker::call_for(const moment& when, const channel_view& channel) {
    text id = channel.call_id;
    call_record* call = table_.find_call(id);
    if (call != nullptr && call->life == call_life::ended) {
        id = channel.id;
        call = table_.find_call(id);
    }
    if (call != nullptr && call->life == call_life::ended) {
        table_.forget_legs(*call);
        call = nullptr;
    }
    if (!make_room(when, call, call == nullptr)) return nullptr;
    if (call == nullptr) call = &table_.add_call(id, when.time);
    table_.touch(*call, when.time);
    return call;
}

void call_tracker::begin_with(call_record& call, const leg_record& leg,
                              const channel_view& channel) {
    if (leg.created_at) call.started_at = leg.created_at;
    call.context.assign(channel.context);
    call.is_answered = leg.state == leg_state::up;
    call.is_originated = leg.created_at && !channel.is_calling;
    if (leg.kind == leg_kind::party && call.calling.empty()) call.calling.assign(leg.who.view());
    if (channel.is_calling && was_dialled(channel.exten)) call.called.number.assign(channel.exten);
    if (!leg.is_trunk) return;
    call.trunk.assign(name_of_device(leg.who.device.view()));
    // Of a call that we find in progress we did not see which side rang.
    const bool seen = leg.created_at && !channel.created_at;
    const bool came_in = seen ? channel.is_calling : channel.id == channel.call_id;
    call.direction = came_in ? direction::inbound : direction::outbound;
}

void call_tracker::follow_call_id(const moment& when, leg_record& leg, text call_id) {
    // A Local half takes the id of whomever it meets; its call goes on without it.
    if (leg.kind == leg_kind::local || call_id.empty() || call_id == leg.call->id.view()) return;
    call_record* call = table_.find_call(call_id);
    if (call == nullptr) {
        if (call_id.size() <= bounded_id::capacity && make_room(when, leg.call, true))
            table_.add_alias(call_id, *leg.call, when.time);
    } else if (call != leg.call && call->life == call_life::live) {
        merge(when, *leg.call, *call);
    }
}

// For a leg, and a call too if `for_call`; `kept` stays.
bool call_tracker::make_room(const moment& when, call_record* kept, bool for_call) {
    if (kept != nullptr) table_.touch(*kept, when.time);
    while ((for_call && table_.call_count() >= bounds_.call_count) ||
           table_.leg_count() >= bounds_.leg_count) {
        call_record* stalest = table_.stalest_call();
        if (leg_record* ended = table_.oldest_ended_leg()) {
            table_.forget(*ended);
        } else if (stalest != nullptr && stalest != kept) {
            ++counters_.ended_for_room;
            close_unseen(when, *stalest, "given up for newer calls");
        } else {
            ++counters_.not_tracked;
            return false;
        }
    }
    return true;
}

bool call_tracker::change_state(const moment& when, leg_record& leg, leg_state state) {
    if (state <= leg.state || leg.state == leg_state::ended) return false;
    // While callers wait in a queue, it may be the queue that rings it.
    const bool is_party = leg.kind == leg_kind::party;
    if (leg.is_pending && is_party && queued_call_count_ == 0) reveal(when, leg);
    leg.state = state;
    leg.was_up |= state == leg_state::up;
    call_record& call = *leg.call;
    if (leg.is_pending && is_party) return false;
    if (state == leg_state::ringing && is_party) {
        const bool first = !call.was_ringing;
        call.was_ringing = true;
        if (first) publish(event_type::call_ringing, when, call, &leg);
        publish_leg(event_type::leg_ringing, when, leg);
    }
    if (state == leg_state::up) {
        if (is_party) publish_leg(event_type::leg_answered, when, leg);
        if (&leg == call.first_leg) answer(when, call);
        note_conversation(when, leg);
    }
    return is_party;
}

void call_tracker::answer(const moment& when, call_record& call) {
    call.is_answered = true;
    call.answered_at = when.time;
    // Of an originated call the direction is that of whom it is connected with.
    if (!call.is_originated) settle_direction(call);
    publish(event_type::call_answered, when, call, call.answering_leg);
}

bool call_tracker::hang_up(const moment& when, leg_record& leg, const cause& why) {
    if (leg.state == leg_state::ended) return false;
    if (leg.is_pending && leg.kind == leg_kind::party && queued_call_count_ == 0) reveal(when, leg);
    call_record& call = *leg.call;
    if (leg.is_held) --call.held_leg_count;
    if (leg.in_conference) --call.conferenced_leg_count;
    leg.is_held = leg.in_conference = false;
    if (&leg == call.first_leg || call.first_leg == nullptr) {
        call.cause = why.q850;
        call.cause_text.assign(why.description);
    }
    table_.end_leg(leg, when.time);
    const bool is_told = leg.kind == leg_kind::party && !leg.is_pending;
    if (is_told) publish_leg(event_type::leg_ended, when, leg, why);
    if (call.live_leg_count == 0) call.is_pending ? drop(call) : close(when, call);
    while (table_.ended_leg_count() > bounds_.ended_leg_count)
        table_.forget(*table_.oldest_ended_leg());
    return is_told;
}

void call_tracker::close(const moment& when, call_record& call) {
    call.ended_at = when.time;
    mark_queued(call, false);
    settle_direction(call);
    if (!when.synthetic || call.is_answered) call.disposition = disposition_of(call);
    if (!call.is_answered && is_failure(call.disposition)) {
        call.has_failed = true;
        publish(event_type::call_failed, when, call);
    }
    table_.end_call(call);
    publish(event_type::call_ended, when, call);
}

void call_tracker::close_unseen(moment when, call_record& call, text why) {
    when.synthetic = true;
    when.variables = {};  // the message spoke of another call
    call.cause.reset();
    call.cause_text.assign(why);
    for (leg_record* leg = call.legs.front(); leg != nullptr; leg = legs_of_call::after(*leg)) {
        if (leg->state == leg_state::ended) continue;
        table_.end_leg(*leg, when.time);
        if (leg->kind == leg_kind::party)
            publish_leg(event_type::leg_ended, when, *leg, cause{std::nullopt, why});
    }
    call.is_pending ? drop(call) : close(when, call);
}

void call_tracker::tick(timestamp now) {
    const moment when{now, time_quality::received, {}, true, {}};
    while (call_record* call = table_.stalest_call()) {
        if (call->touched_at >= now - bounds_.silence) break;
        ++counters_.ended_for_silence;
        close_unseen(when, *call, "no event for too long");
    }
    table_.forget_ended_before(now - bounds_.ended_age);
}

void call_tracker::end_calls_before(const moment& when, timestamp time) {
    while (call_record* call = table_.stalest_call()) {
        if (call->touched_at >= time) break;
        close_unseen(when, *call, "the PBX began anew");
    }
}

}  // namespace callstream::parsers
