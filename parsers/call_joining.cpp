// The rest of call_tracker: calls of a PBX that does not say which channels belong together
// (Asterisk 1.4 to 12).
//
// A channel that calls the PBX is a call at once. Any other is somebody's whom the PBX rings, and
// whose is only said later: by Dial, by a queue, when the two are connected. Until then the leg is
// pending, with a pending call of its own, and nothing is told of it. What rings for nobody is
// a call of its own after all (a client asked for it).
#include <utility>

#include "parsers/call_outcome.h"
#include "parsers/call_tracker.h"
#include "parsers/channel_name.h"

namespace callstream::parsers {
namespace {

// Extensions of the dialplan's own stand in every channel's beginning.
bool says_who_was_dialled(text exten) noexcept {
    return !exten.empty() && exten != "s" && exten != "h";
}

}  // namespace

leg_record* call_tracker::add_unlinked_leg(const moment& when, const channel_view& channel) {
    if (channel.id.empty() || channel.channel.empty()) return nullptr;
    if (channel.id.size() > bounded_id::capacity) {
        ++counters_.not_tracked;
        return nullptr;
    }
    channel_view own = channel;
    own.call_id = channel.id;
    const bool is_wire = is_internal_channel(channel.channel) || is_local_channel(channel.channel);
    own.is_calling = !is_wire && (channel.is_calling || says_who_was_dialled(channel.exten));
    call_record* call = call_for(when, own);
    if (call == nullptr) return nullptr;
    call->is_unlinked = true;
    call->is_pending = true;
    leg_record& leg = table_.add_leg(own.id, *call);
    set_channel(when, leg, own);
    leg.is_pending = true;
    if (is_wire) leg.kind = leg_kind::local;
    // Before an Originate shows another's number on it.
    if (!is_wire) call->calling.assign(leg.who.view());
    if (leg.created_at) call->started_at = leg.created_at;
    if (own.is_calling) begin_calling(when, leg, own);
    if (is_local_channel(channel.channel)) pair_by_name(when, leg);
    return &leg;
}

// `Local/101@agents-1180,1` and `,2`, or `;1` and `;2`: made together, one after the other.
void call_tracker::pair_by_name(const moment& when, leg_record& leg) {
    const text name = leg.channel.view();
    half_name_.assign(name);
    if (half_name_.empty()) return;
    half_name_.back() = name.back() == '1' ? '2' : '1';
    leg_record* half = table_.find_channel(half_name_);
    if (half == nullptr || half->kind != leg_kind::local) return;
    unify(when, *half->call, *leg.call);
    pair(*half, leg);
}

void call_tracker::begin_calling(const moment& when, leg_record& leg, const channel_view& channel) {
    if (!leg.is_pending || leg.kind != leg_kind::party) return;
    channel_view calling = channel;
    calling.is_calling = true;
    reveal(when, leg, calling);
}

// Tells what was kept back, with the times of when it happened.
void call_tracker::reveal(const moment& when, leg_record& leg, const channel_view& channel) {
    if (!leg.is_pending) return;
    call_record& call = *leg.call;
    leg.is_pending = false;
    moment began = when;
    if (leg.created_at) began.time = *leg.created_at;
    began.synthetic = !leg.created_at;
    const bool is_party = leg.kind == leg_kind::party;
    if (call.is_pending) {
        call.is_pending = false;
        if (&leg == call.first_leg) begin_with(call, leg, channel);
        if (call.calling.empty() && is_party) call.calling.assign(leg.who.view());
        publish(event_type::call_initiated, began, call, is_party ? &leg : nullptr);
    }
    if (!is_party) return;
    publish_leg(event_type::leg_created, began, leg);
    if (leg.state == leg_state::ringing) {
        if (!std::exchange(call.was_ringing, true))
            publish(event_type::call_ringing, when, call, &leg);
        publish_leg(event_type::leg_ringing, when, leg);
    }
    if (leg.state != leg_state::up) return;
    publish_leg(event_type::leg_answered, when, leg);
    if (&leg == call.first_leg && !call.answered_at) answer(when, call);
}

void call_tracker::join_unlinked(const moment& when, leg_record& from, leg_record& to) {
    if (!from.call->is_unlinked && !to.call->is_unlinked) return;
    if (from.state == leg_state::ended || to.state == leg_state::ended) return;
    // Whoever dials is somebody, and the call is theirs.
    if (from.kind == leg_kind::party) reveal(when, from);
    unify(when, *from.call, *to.call);
    if (to.kind == leg_kind::party) reveal(when, to);
}

// One call of two; a pending one leaves no trace, of two others the older stays.
call_record& call_tracker::unify(const moment& when, call_record& one, call_record& other) {
    if (&one == &other) return one;
    if (one.is_pending || other.is_pending) {
        call_record& lost = other.is_pending ? other : one;
        call_record& survivor = other.is_pending ? one : other;
        survivor.was_ringing |= lost.was_ringing;
        mark_queued(survivor, survivor.is_queued || lost.is_queued);
        mark_queued(lost, false);
        table_.absorb(lost, survivor);
        return survivor;
    }
    const bool first_is_older = is_older_id(one.id.view(), other.id.view());
    call_record& survivor = first_is_older ? one : other;
    merge(when, first_is_older ? other : one, survivor);
    return survivor;
}

bool call_tracker::link(const moment& when, leg_record& one, leg_record& two, text bridge_id) {
    if (one.state == leg_state::ended || two.state == leg_state::ended || &one == &two ||
        bridge_id.empty() || bridge_id.size() > bounded_id::capacity)
        return false;
    unify(when, *one.call, *two.call);
    for (leg_record* leg : {&one, &two})
        if (leg->kind == leg_kind::party) reveal(when, *leg);
    bridge_record& bridge = bridge_named(bridge_id);
    bool is_told = false;
    for (leg_record* leg : {&one, &two}) {
        table_.enter_bridge(*leg, bridge);
        leg->moved_in_view = view_;
        is_told |= leg->kind == leg_kind::party;
    }
    note_conversation(when, one);
    note_conversation(when, two);
    for (const leg_record* leg : {&one, &two})
        if (leg->kind == leg_kind::party) publish_leg(event_type::leg_bridged, when, *leg);
    return is_told;
}

bool call_tracker::unlink(const moment& when, leg_record& one, leg_record& two) {
    if (one.bridge == nullptr || one.bridge != two.bridge) return false;
    bool is_told = leave_bridge(when, one);
    is_told |= leave_bridge(when, two);
    return is_told;
}

void call_tracker::trade_places(const moment& when, leg_record& original, leg_record& clone) {
    if (original.state == leg_state::ended || clone.state == leg_state::ended) return;
    call_record& call = unify(when, *original.call, *clone.call);
    std::swap(original.who, clone.who);
    std::swap(original.is_trunk, clone.is_trunk);
    std::swap(original.is_held, clone.is_held);
    std::swap(original.is_recorded, clone.is_recorded);
    std::swap(original.in_conference, clone.in_conference);
    if (clone.kind == leg_kind::party) original.kind = leg_kind::party;
    if (call.first_leg == &clone) call.first_leg = &original;
    if (call.answering_leg == &clone) call.answering_leg = &original;
    if (original.kind == leg_kind::party) reveal(when, original);
    if (clone.state != leg_state::up || original.state == leg_state::up) return;
    original.state = leg_state::up;
    original.was_up = true;
    if (original.kind == leg_kind::party) publish_leg(event_type::leg_answered, when, original);
}

void call_tracker::note_step(leg_record& leg, text context, text exten) noexcept {
    call_record& call = *leg.call;
    if (!call.is_unlinked || &leg != call.first_leg || leg.kind != leg_kind::party) return;
    if (call.called.empty() && says_who_was_dialled(exten)) call.called.number.assign(exten);
    if (leg.is_trunk || call.is_answered || call.direction != direction::none ||
        !rules_.is_trunk(leg.channel.view(), context))
        return;
    leg.is_trunk = true;
    call.direction = direction::inbound;
    call.trunk.assign(name_of_device(leg.who.device.view()));
}

void call_tracker::mark_queued(call_record& call, bool is_queued) noexcept {
    if (call.is_queued == is_queued) return;
    call.is_queued = is_queued;
    is_queued ? ++queued_call_count_ : --queued_call_count_;
}

// A pending call that ended: nobody was told of it.
void call_tracker::drop(call_record& call) {
    mark_queued(call, false);
    table_.end_call(call);
    table_.forget_legs(call);
}

}  // namespace callstream::parsers
