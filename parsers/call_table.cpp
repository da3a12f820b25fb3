#include "parsers/call_table.h"

#include "parsers/channel_name.h"

namespace callstream::parsers {

leg_record* call_table::find_channel(text name) const noexcept {
    if (name.empty()) return nullptr;
    for (const call_record* call = live_.back(); call != nullptr; call = live_calls::before(*call))
        for (leg_record* leg = call->legs.front(); leg != nullptr; leg = legs_of_call::after(*leg))
            if (leg->state != leg_state::ended && leg->channel.view() == name) return leg;
    return nullptr;
}

leg_record* call_table::find_pending_device(text device) const noexcept {
    for (const call_record* call = live_.back(); call != nullptr;
         call = live_calls::before(*call)) {
        if (!call->is_pending) continue;
        for (leg_record* leg = call->legs.front(); leg != nullptr; leg = legs_of_call::after(*leg))
            if (leg->is_pending && device_of_channel(leg->channel.view()) == device) return leg;
    }
    return nullptr;
}

leg_record* call_table::find_caller_of(text queue, text agent) const noexcept {
    const auto is_theirs = [&](const call_record& call) {
        return call.first_leg != nullptr && call.agent.view() == agent &&
               call.queue.view() == queue;
    };
    if (queue.empty() || agent.empty()) return nullptr;
    for (const call_record* call = live_.back(); call != nullptr; call = live_calls::before(*call))
        if (is_theirs(*call)) return call->first_leg;
    for (const leg_record* leg = ended_.back(); leg != nullptr; leg = ended_legs::before(*leg))
        if (is_theirs(*leg->call)) return leg->call->first_leg;
    return nullptr;
}

call_record* call_table::find_call(text id) const noexcept {
    call_record* call = calls_.find(id);
    return call != nullptr && call->life == call_life::merged ? call->merged_into : call;
}

call_record& call_table::add_call(text id, timestamp now) {
    call_record& call = call_pool_.take();
    call.id.assign(id);
    call.touched_at = now;
    calls_.insert(call);
    live_.push_back(call);
    return call;
}

void call_table::add_alias(text id, call_record& call, timestamp now) {
    merge(add_call(id, now), call);
}

leg_record& call_table::add_leg(text id, call_record& call) {
    leg_record& leg = leg_pool_.take();
    leg.id.assign(id);
    leg.call = &call;
    legs_.insert(leg);
    call.legs.push_back(leg);
    ++call.leg_count;
    ++call.live_leg_count;
    if (call.first_leg == nullptr && call.leg_count == 1) call.first_leg = &leg;
    return leg;
}

bridge_record& call_table::add_bridge(text id) {
    bridge_record& bridge = bridge_pool_.take();
    bridge.id.assign(id);
    bridges_.insert(bridge);
    return bridge;
}

void call_table::enter_bridge(leg_record& leg, bridge_record& bridge) {
    if (leg.bridge == &bridge) return;
    leave_bridge(leg);
    leg.bridge = &bridge;
    bridge.legs.push_back(leg);
    ++bridge.leg_count;
}

void call_table::leave_bridge(leg_record& leg) {
    bridge_record* bridge = leg.bridge;
    if (bridge == nullptr) return;
    leg.bridge = nullptr;
    bridge->legs.erase(leg);
    if (--bridge->leg_count > 0) return;
    bridges_.erase(*bridge);
    bridge_pool_.give_back(*bridge);
}

void call_table::merge(call_record& lost, call_record& survivor) {
    while (leg_record* leg = lost.legs.front()) {
        lost.legs.erase(*leg);
        survivor.legs.push_back(*leg);
        leg->call = &survivor;
    }
    survivor.leg_count += lost.leg_count;
    survivor.live_leg_count += lost.live_leg_count;
    survivor.held_leg_count += lost.held_leg_count;
    survivor.conferenced_leg_count += lost.conferenced_leg_count;
    lost.leg_count = lost.live_leg_count = 0;
    lost.first_leg = lost.answering_leg = nullptr;
    lost.life = call_life::merged;
    lost.merged_into = &survivor;
    live_.erase(lost);
    while (call_record* before = lost.merged.front()) {
        lost.merged.erase(*before);
        before->merged_into = &survivor;
        survivor.merged.push_back(*before);
    }
    survivor.merged.push_back(lost);
}

void call_table::absorb(call_record& lost, call_record& survivor) {
    merge(lost, survivor);
    survivor.merged.erase(lost);
    calls_.erase(lost);
    call_pool_.give_back(lost);
}

void call_table::end_leg(leg_record& leg, timestamp now) {
    leave_bridge(leg);
    if (leg.other_half != nullptr) leg.other_half->other_half = nullptr;
    leg.other_half = nullptr;
    leg.state = leg_state::ended;
    leg.ended_at = now;
    if (leg.call->answering_leg == &leg) leg.call->answering_leg = nullptr;
    --leg.call->live_leg_count;
    ended_.push_back(leg);
    ++ended_leg_count_;
}

void call_table::end_call(call_record& call) {
    call.life = call_life::ended;
    live_.erase(call);
}

void call_table::forget(leg_record& leg) {
    call_record& call = *leg.call;
    ended_.erase(leg);
    --ended_leg_count_;
    call.legs.erase(leg);
    --call.leg_count;
    if (call.first_leg == &leg) call.first_leg = nullptr;
    legs_.erase(leg);
    leg_pool_.give_back(leg);
    if (call.leg_count == 0 && call.life == call_life::ended) forget_call(call);
}

void call_table::forget_legs(call_record& call) {
    for (std::uint32_t left = call.leg_count; left > 0; --left)
        forget(*call.legs.front());
}

void call_table::forget_ended_before(timestamp time) {
    for (leg_record* leg = ended_.front(); leg != nullptr && *leg->ended_at < time;
         leg = ended_.front())
        forget(*leg);
}

void call_table::forget_call(call_record& call) {
    while (call_record* lost = call.merged.front()) {
        call.merged.erase(*lost);
        calls_.erase(*lost);
        call_pool_.give_back(*lost);
    }
    calls_.erase(call);
    call_pool_.give_back(call);
}

void call_table::touch(call_record& call, timestamp now) noexcept {
    call.touched_at = now;
    live_.erase(call);
    live_.push_back(call);
}

}  // namespace callstream::parsers
