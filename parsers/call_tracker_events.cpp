#include "parsers/bridge_walk.h"
#include "parsers/call_outcome.h"
#include "parsers/call_tracker.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

call_state state_of(const call_record& call) noexcept {
    if (call.life != call_life::live) return call_state::ended;
    if (call.has_failed) return call_state::failed;
    if (call.is_parked) return call_state::parked;
    if (call.held_leg_count > 0) return call_state::held;
    if (call.conferenced_leg_count > 0) return call_state::conferenced;
    if (call.is_queued) return call_state::queued;
    if (call.is_answered) return call_state::connected;
    return call.was_ringing ? call_state::ringing : call_state::initiated;
}

std::optional<duration> between(const std::optional<timestamp>& from,
                                const std::optional<timestamp>& to) noexcept {
    if (!from || !to) return std::nullopt;
    return *to - *from;
}

}  // namespace

call_data call_tracker::picture(const moment& when, const call_record& call,
                                const leg_record* leg) const noexcept {
    call_data data;
    data.call_id = call.id.view();
    if (leg != nullptr) {
        data.leg_id = leg->id.view();
        const leg_record* other = other_party(*leg);
        if (other != nullptr) data.other_leg_id = other->id.view();
    }
    data.state = state_of(call);
    data.direction = call.direction;
    data.calling = call.calling.view();
    data.called = call.called.view();
    data.answering = call.answering.view();
    data.trunk = call.trunk.view();
    data.context = call.context.view();
    data.queue = call.queue.view();
    data.agent = call.agent.view();
    if (call.has_failed || call.life == call_life::ended)
        data.cause = cause{call.cause, call.cause_text.view()};
    data.disposition = call.disposition;
    data.started_at = call.started_at;
    data.answered_at = call.answered_at;
    data.connected_at = call.connected_at;
    data.ended_at = call.ended_at;
    // Of a call that was answered while nobody looked nothing says how long it rang.
    if (call.answered_at || !call.is_answered)
        data.ring_seconds =
            between(call.started_at, call.answered_at ? call.answered_at : call.ended_at);
    data.talk_seconds = between(call.answered_at, call.ended_at);
    data.recording = call.recording.view();
    data.variables = when.variables;
    return data;
}

void call_tracker::publish(event_type type, const moment& when, const call_record& call,
                           const event_data& data) {
    if (call.is_pending) return;
    output_.publish(type, when, {call.id.view(), {}, {}}, data);
}

void call_tracker::publish(event_type type, const moment& when, const call_record& call,
                           const leg_record* leg) {
    publish(type, when, call, event_data(data_of<call_event_data>(when, call, leg)));
}

void call_tracker::publish_leg(event_type type, const moment& when, const leg_record& leg,
                               const std::optional<cause>& why) {
    if (leg.is_pending) return;
    auto data = data_of<leg_event_data>(when, *leg.call, &leg);
    data.channel = leg.channel.view();
    data.leg = leg.who.view();
    if (leg.bridge != nullptr) data.bridge_id = leg.bridge->id.view();
    if (why) data.cause = why;
    publish(type, when, *leg.call, event_data(data));
}

void call_tracker::pair(leg_record& one, leg_record& two) noexcept {
    if (one.state == leg_state::ended || two.state == leg_state::ended || &one == &two) return;
    if (one.other_half != nullptr || two.other_half != nullptr) return;
    one.other_half = &two;
    two.other_half = &one;
}

void call_tracker::rename_caller(leg_record& leg, const party& who) noexcept {
    leg.who.refine(who);
    call_record& call = *leg.call;
    // Outbound, it is the number shown to the far side, not the extension that calls.
    if (&leg == call.first_leg && call.direction == direction::inbound) call.calling.refine(who);
}

void call_tracker::begin_dial(const moment& when, leg_record* from, leg_record& to, text exten) {
    to.is_dialled = true;
    if (from != nullptr && from->call != to.call) join_unlinked(when, *from, to);
    call_record& call = *to.call;
    if (from != nullptr && from == call.first_leg && call.called.empty() && exten != "s" &&
        exten != "h")
        call.called.number.assign(exten);
    const bool is_settled = call.is_answered && call.direction != direction::none;
    if (is_settled || from == nullptr || to.kind == leg_kind::local) return;
    if (!to.is_trunk) {
        if (call.direction == direction::none) call.direction = direction::internal;
        return;
    }
    const bool came_in = call.direction == direction::inbound;
    call.direction = came_in || call.direction == direction::external ? direction::external
                                                                      : direction::outbound;
    if (!came_in) call.trunk.assign(name_of_device(to.who.device.view()));
}

bool call_tracker::end_dial(const moment& when, leg_record* from, leg_record& to,
                            dial_result result) {
    call_record& call = from != nullptr ? *from->call : *to.call;
    if (call.life != call_life::live) return false;
    if (!call.is_answered) call.dialled = result;
    if (result != dial_result::answered || &to == call.first_leg || to.state == leg_state::ended)
        return false;
    leg_record* answering = to.kind == leg_kind::party ? &to : party_behind(to);
    if (answering == nullptr || answering == call.answering_leg) return false;
    call.answering.assign(answering->who.view());
    if (answering->call == &call) call.answering_leg = answering;
    // Otherwise the caller's own answer follows and is told.
    if (call.is_answered) publish(event_type::call_answered, when, call, answering);
    return call.is_answered;
}

bool call_tracker::enter_bridge(const moment& when, leg_record& leg, const bridge_view& bridge) {
    if (leg.state == leg_state::ended || bridge.id.empty() ||
        bridge.id.size() > bounded_id::capacity)
        return false;
    bridge_record& entered = bridge_named(bridge.id);
    entered.is_waiting_room = bridge.is_waiting_room;
    table_.enter_bridge(leg, entered);
    leg.moved_in_view = view_;
    if (bridge.joins_calls && leg.kind == leg_kind::party) join_calls(when, leg, bridge);
    if (leg.is_pending && leg.kind == leg_kind::party) reveal(when, leg);
    note_conversation(when, leg);
    if (leg.kind == leg_kind::party) publish_leg(event_type::leg_bridged, when, leg);
    return leg.kind == leg_kind::party;
}

bridge_record& call_tracker::bridge_named(text id) {
    bridge_record* bridge = table_.find_bridge(id);
    return bridge != nullptr ? *bridge : table_.add_bridge(id);
}

// Asterisk gives all channels of a basic bridge the oldest Linkedid among them.
void call_tracker::join_calls(const moment& when, const leg_record& leg,
                              const bridge_view& bridge) {
    const legs_of_bridge& legs = leg.bridge->legs;
    for (leg_record* other = legs.front(); other != nullptr;
         other = legs_of_bridge::after(*other)) {
        if (other->kind == leg_kind::local || other->call == leg.call ||
            other->id.view() == bridge.swapped_leg_id)
            continue;
        unify(when, *leg.call, *other->call);
    }
}

// Who was connected to somebody by this leg's coming or answering, here or behind Local channels.
void call_tracker::note_conversation(const moment& when, const leg_record& leg) noexcept {
    const auto note = [&](const bridge_record* bridge) {
        if (bridge == nullptr || !is_conversation(*bridge)) return;
        for (leg_record* in = bridge->legs.front(); in != nullptr; in = legs_of_bridge::after(*in))
            if (in->kind == leg_kind::party && !in->call->connected_at)
                in->call->connected_at = when.time;
    };
    note(leg.bridge);
    if (leg.bridge == nullptr) return;
    for (leg_record* in = leg.bridge->legs.front(); in != nullptr; in = legs_of_bridge::after(*in))
        if (in->other_half != nullptr) note(in->other_half->bridge);
}

bool call_tracker::leave_bridge(const moment& when, leg_record& leg) {
    if (leg.bridge == nullptr) return false;
    const bool is_party = leg.kind == leg_kind::party;
    if (is_party) publish_leg(event_type::leg_unbridged, when, leg);
    table_.leave_bridge(leg);
    leg.moved_in_view = view_;
    return is_party;
}

bool call_tracker::hold(const moment& when, leg_record& leg) {
    if (leg.is_held || leg.state == leg_state::ended || leg.kind == leg_kind::local ||
        leg.is_pending)
        return false;
    leg.is_held = true;
    ++leg.call->held_leg_count;
    publish(event_type::call_held, when, *leg.call, &leg);
    return true;
}

// Asterisk says Unhold of channels that never were: on a change of bridge, before a transfer.
bool call_tracker::retrieve(const moment& when, leg_record& leg) {
    if (!leg.is_held || leg.state == leg_state::ended) return false;
    leg.is_held = false;
    --leg.call->held_leg_count;
    publish(event_type::call_retrieved, when, *leg.call, &leg);
    return true;
}

void call_tracker::mark_conferenced(leg_record& leg, bool is_in) noexcept {
    if (leg.state == leg_state::ended || leg.in_conference == is_in) return;
    leg.in_conference = is_in;
    is_in ? ++leg.call->conferenced_leg_count : --leg.call->conferenced_leg_count;
}

void call_tracker::merge(const moment& when, call_record& lost, call_record& survivor) {
    survivor.queue.refine(lost.queue.view());
    survivor.agent.refine(lost.agent.view());
    if (survivor.recording.empty()) survivor.recording.refine(lost.recording.view());
    mark_queued(survivor, survivor.is_queued || lost.is_queued);
    mark_queued(lost, false);
    survivor.was_queued |= lost.was_queued;
    survivor.is_parked |= lost.is_parked;
    survivor.was_ringing |= lost.was_ringing;
    table_.merge(lost, survivor);
    table_.touch(survivor, when.time);
    auto data = data_of<call_merged_data>(when, survivor);
    data.merged_call_id = lost.id.view();
    publish(event_type::call_merged, when, survivor, event_data(data));
}

}  // namespace callstream::parsers
