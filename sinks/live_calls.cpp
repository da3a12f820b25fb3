#include "sinks/live_calls.h"

#include <algorithm>
#include <utility>

namespace callstream::sinks {

namespace {

constexpr std::size_t leg_count_max = 1'000;  // of one call

bool contains(const std::vector<std::string>& all, std::string_view one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

std::string_view trunk_name_of(const live_leg& leg) noexcept {
    const std::string_view device = leg.device;
    return device.substr(device.find('/') + 1);  // npos + 1 is 0
}

bool is_over(std::string_view state) noexcept {
    return state == "ended" || state.empty();
}

// What its device does: the caller's is busy at once, one that is called not before it is told.
std::string_view doing_of(const live_event& event, const live_call& call, std::string_view device) {
    if (event.type == event_type::leg_ringing) return "ringing";
    if (event.type != event_type::leg_created) return "busy";
    return device == call.calling.device ? "busy" : "";
}

void assign_if_told(std::string& to, std::string_view told) {
    if (!told.empty()) to.assign(told);
}

}  // namespace

void live_calls::apply(const live_event& event) {
    const std::string_view call_id = event.text("call_id");
    if (call_id.empty()) return;
    const std::string key = event.key(call_id);
    if (event.type == event_type::call_ended) return erase(key, event);
    const bool begins = !is_over(event.text("state")) && event.type != event_type::leg_ended;
    live_call* const call = begins ? calls_.take(key) : calls_.change(key);
    if (call == nullptr) return;
    take_picture(event, *call);
    if (info_of(event.type).family() == "leg") take_leg(event, *call);
    if (event.type == event_type::call_merged) merge(event, *call);
    count_at_trunks(*call);
}

// A trunk that calls are known at by their connections counts those whose connections are there; of
// others no more is known than that the call has it. A call may be at two: in and out again.
void live_calls::count_at_trunks(live_call& call) {
    std::vector<std::string> at;
    for (const live_leg& leg : call.legs) {
        const std::string_view name = trunk_name_of(leg);
        const bool is_own = name == call.trunk;
        if (is_own) call.had_trunk_leg = true;
        const bool is_there = !name.empty() && (is_own || devices_.is_trunk(call.pbx, leg.device));
        if (is_there && !contains(at, name)) at.emplace_back(name);
    }
    const bool is_told = !call.trunk.empty() && !call.had_trunk_leg;
    if (is_told && !contains(at, call.trunk)) at.push_back(call.trunk);
    if (at == call.counted_at) return;
    for (const std::string& trunk : call.counted_at)
        devices_.count_call(call.pbx, trunk, -1);
    for (const std::string& trunk : at)
        devices_.count_call(call.pbx, trunk, 1);
    call.counted_at = std::move(at);
}

void live_calls::enter(const live_event& event, live_call& call, std::string_view state) {
    if (call.state == state) return;
    call.state.assign(state);
    call.state_since.assign(event.time_text);
}

void live_calls::take_picture(const live_event& event, live_call& call) {
    const json_value data = event.data;
    if (call.call_id.empty()) {
        call.pbx.assign(event.pbx);
        call.call_id.assign(event.text("call_id"));
    }
    if (!is_over(event.text("state"))) enter(event, call, event.text("state"));
    assign_if_told(call.direction, event.text("direction"));
    call.calling.read(data["calling"]);
    call.called.read(data["called"]);
    call.answering.read(data["answering"]);
    assign_if_told(call.queue, event.text("queue"));
    call.agent.assign(event.text("agent"));
    call.started_at.assign(event.text("started_at"));
    call.answered_at.assign(event.text("answered_at"));
    if (const std::string_view trunk = event.text("trunk"); call.trunk != trunk) {
        call.trunk.assign(trunk);
        call.had_trunk_leg = false;
    }
}

void live_calls::take_leg(const live_event& event, live_call& call) {
    const std::string_view leg_id = event.text("leg_id");
    if (leg_id.empty()) return;
    const auto known = std::find_if(call.legs.begin(), call.legs.end(),
                                    [leg_id](const live_leg& leg) { return leg.leg_id == leg_id; });
    if (event.type == event_type::leg_ended) {
        if (known == call.legs.end()) return;
        if (trunk_name_of(*known) == call.trunk) call.had_trunk_leg = true;
        devices_.remove_leg(event, known->device, known->leg_id);
        call.legs.erase(known);
        return;
    }
    const std::string_view device = event.data["leg"]["device"].text();
    const std::string_view doing = doing_of(event, call, device);
    if (known != call.legs.end()) {
        if (known->doing == doing && (device.empty() || known->device == device)) return;
        if (!device.empty() && known->device != device) {
            devices_.remove_leg(event, known->device, known->leg_id);
            known->device.assign(device);
        }
        known->doing.assign(doing);
        return devices_.put_leg(event, known->device, leg_id, doing);
    }
    if (call.legs.size() >= leg_count_max) return;
    call.legs.push_back({std::string(leg_id), std::string(device), std::string(doing)});
    devices_.put_leg(event, device, leg_id, doing);
}

// The call that sends no more events is part of this one; its connections are ours now.
void live_calls::merge(const live_event& event, live_call& survivor) {
    const std::string_view gone = event.text("merged_call_id");
    if (gone.empty() || gone == survivor.call_id) return;
    const std::string key = event.key(gone);
    const live_call* const lost = calls_.find(key);
    if (lost == nullptr) return;
    const std::vector<live_leg> legs = lost->legs;
    const std::vector<std::string> in_conference = lost->in_conference;
    erase(key, event);
    for (const live_leg& leg : legs) {
        const bool known =
            std::any_of(survivor.legs.begin(), survivor.legs.end(),
                        [&leg](const live_leg& other) { return other.leg_id == leg.leg_id; });
        if (known || survivor.legs.size() >= leg_count_max) continue;
        survivor.legs.push_back(leg);
        devices_.put_leg(event, leg.device, leg.leg_id, leg.doing);
    }
    for (const std::string& leg_id : in_conference)
        if (!contains(survivor.in_conference, leg_id)) survivor.in_conference.push_back(leg_id);
}

void live_calls::erase(const std::string& key, const live_event& event) {
    const live_call* const call = calls_.find(key);
    if (call == nullptr) return;
    for (const live_leg& leg : call->legs)
        devices_.remove_leg(event, leg.device, leg.leg_id);
    for (const std::string& trunk : call->counted_at)
        devices_.count_call(call->pbx, trunk, -1);
    calls_.erase(key);
}

void live_calls::forget_all() {
    std::vector<std::pair<std::string, std::string>> all;  // key and PBX
    calls_.for_each(
        [&all](const std::string& key, const live_call& call) { all.emplace_back(key, call.pbx); });
    for (const auto& [key, pbx] : all) {
        live_event nothing;
        nothing.pbx = pbx;
        erase(key, nothing);
    }
}

void live_calls::join_queue(const live_event& event) {
    live_call* const call = calls_.change(event.key(event.text("call_id")));
    if (call == nullptr) return;
    enter(event, *call, "queued");
    call->queue.assign(event.text("queue"));
}

void live_calls::leave_queue(const live_event& event) {
    live_call* const call = calls_.change(event.key(event.text("call_id")));
    if (call != nullptr) clear_state(event, *call, "queued");
}

void live_calls::join_conference(const live_event& event) {
    live_call* const call = calls_.change(event.key(event.text("call_id")));
    if (call == nullptr) return;
    enter(event, *call, "conferenced");
    const std::string leg_id(event.text("leg_id"));
    if (call->in_conference.size() < leg_count_max && !contains(call->in_conference, leg_id))
        call->in_conference.push_back(leg_id);
}

void live_calls::leave_conference(const live_event& event) {
    live_call* const call = calls_.change(event.key(event.text("call_id")));
    if (call == nullptr) return;
    std::erase(call->in_conference, event.text("leg_id"));
    if (call->in_conference.empty()) clear_state(event, *call, "conferenced");
}

void live_calls::clear_state(const live_event& event, live_call& call, std::string_view state) {
    if (call.state == state)
        enter(event, call, call.answered_at.empty() ? "initiated" : "connected");
}

std::string live_calls::render(const live_call& call) {
    live_json out;
    out.begin_object();
    out.text("pbx", call.pbx);
    out.text("call_id", call.call_id);
    out.text("state", call.state);
    out.text("direction", call.direction);
    call.calling.write(out, "calling");
    call.called.write(out, "called");
    if (call.answering.empty())
        out.raw("answering", "null");
    else
        call.answering.write(out, "answering");
    out.text("queue", call.queue);
    out.text("agent", call.agent);
    out.text("trunk", call.trunk);
    out.number("legs", call.legs.size());
    out.text("started_at", call.started_at);
    out.text("answered_at", call.answered_at);
    out.text("state_since", call.state_since);
    out.end_object();
    return out.take();
}

}  // namespace callstream::sinks
