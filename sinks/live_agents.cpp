#include "sinks/live_agents.h"

#include <algorithm>
#include <vector>

#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

using enum event_type;

constexpr std::size_t queue_count_max = 200;  // of one agent

std::string_view status_of(std::string_view device_state) noexcept {
    if (device_state.starts_with("ringing")) return "ringing";
    if (device_state == "in-use" || device_state == "busy" || device_state == "on-hold")
        return "busy";
    if (device_state == "unavailable" || device_state == "invalid") return "unavailable";
    return "ready";
}

// Who was removed while the phone rang, or during a call, is no member again by its end.
bool makes_member(event_type type) noexcept {
    return type != agent_completed && type != agent_ring_no_answer;
}

bool is_paused(const live_agent& agent) noexcept {
    return !agent.queues.empty() &&
           std::all_of(agent.queues.begin(), agent.queues.end(),
                       [](const auto& queue) { return queue.second.paused; });
}

void infer(live_agent& agent, std::string_view state) {
    agent.device_state.assign(state);
    agent.inferred = true;
}

}  // namespace

void live_agents::apply(const live_event& event) {
    const std::string_view device = event.text("device");
    if (device.empty()) return;
    const std::string key = event.key(device);
    if (event.type == agent_logged_off) return log_off(event, key);
    live_agent* const agent = makes_member(event.type) ? agents_.take(key) : agents_.change(key);
    if (agent == nullptr) return;
    if (agent->device.empty()) {
        agent->pbx.assign(event.pbx);
        agent->device.assign(device);
    }
    if (const std::string_view name = event.text("agent"); !name.empty()) agent->agent.assign(name);
    take_membership(event, *agent);
    take_call(event, *agent);
    settle(event, *agent);
}

void live_agents::log_off(const live_event& event, const std::string& key) {
    live_agent* const agent = agents_.change(key);
    if (agent == nullptr) return;
    const std::string said(event.text("queue"));
    for (auto queue = agent->queues.begin(); queue != agent->queues.end();) {
        if (!said.empty() && queue->first != said) {
            ++queue;
            continue;
        }
        queues_.set_member(event.key(queue->first), agent->device, {});
        queue = agent->queues.erase(queue);
    }
    if (agent->queues.empty())
        agents_.erase(key);
    else
        settle(event, *agent);
}

// What is said of one queue, or without a queue of all.
void live_agents::take_membership(const live_event& event, live_agent& agent) {
    const std::string said(event.text("queue"));
    if (!said.empty() && makes_member(event.type) && agent.queues.size() < queue_count_max) {
        agent.queues.try_emplace(said);
        queues_.name_queue(event.key(said), event, said);
    }
    const bool pauses = event.type == agent_ready || event.type == agent_not_ready;
    for (auto& [name, membership] : agent.queues) {
        if (!said.empty() && name != said) continue;
        if (pauses)
            membership.paused = event.type == agent_not_ready;
        else if (const auto paused = event.data["paused"].boolean())
            membership.paused = *paused;
        if (event.type == agent_not_ready) membership.reason.assign(event.text("reason"));
        if (!membership.paused) membership.reason.clear();
        if (const auto taken = event.data["calls_taken"].number(); taken && *taken >= 0)
            membership.calls_taken = static_cast<std::uint64_t>(*taken);
    }
    const std::string_view state = event.text("state");
    if (state.empty()) return;
    agent.device_state.assign(state);
    agent.inferred = false;
}

void live_agents::take_call(const live_event& event, live_agent& agent) {
    if (event.type == agent_called || event.type == agent_connected) {
        agent.call_id.assign(event.text("call_id"));
        infer(agent, event.type == agent_called ? "ringing" : "in-use");
    }
    if (event.type == agent_completed || event.type == agent_ring_no_answer) {
        if (agent.call_id == event.text("call_id")) agent.call_id.clear();
        if (agent.inferred) infer(agent, "idle");
    }
    if (event.type == agent_state_changed && status_of(agent.device_state) == "ready")
        agent.call_id.clear();
}

void live_agents::stop_ringing(const live_event& event) {
    for (const std::string& device : queues_.members_that_ring(event.key(event.text("queue")))) {
        live_agent* const agent = agents_.change(event.key(device));
        if (agent == nullptr || agent->call_id != event.text("call_id")) continue;
        agent->call_id.clear();
        if (agent->inferred) infer(*agent, "idle");
        settle(event, *agent);
    }
}

void live_agents::settle(const live_event& event, live_agent& agent) {
    const std::string_view doing = status_of(agent.device_state);
    const std::string_view status = is_paused(agent) ? "paused" : doing;
    if (agent.status != status) {
        agent.status.assign(status);
        agent.since.assign(event.time_text);
    }
    tell_queues(agent);
}

void live_agents::tell_queues(const live_agent& agent) {
    const std::string_view doing = status_of(agent.device_state);
    for (const auto& [name, membership] : agent.queues)
        queues_.set_member(agent.pbx + ':' + name, agent.device,
                           membership.paused ? "paused" : doing);
}

void live_agents::rename_call(const live_event& event) {
    const std::string_view gone = event.text("merged_call_id");
    std::vector<std::string> found;
    agents_.for_each([&](const std::string& key, const live_agent& agent) {
        if (agent.pbx == event.pbx && agent.call_id == gone) found.push_back(key);
    });
    for (const std::string& key : found)
        agents_.change(key)->call_id.assign(event.text("call_id"));
}

std::string live_agents::render(const live_agent& agent) {
    live_json out;
    out.begin_object();
    out.text("pbx", agent.pbx);
    out.text("agent", agent.agent);
    out.text("name", agent.agent);
    out.text("device", agent.device);
    out.name("queues");
    out.begin_array();
    std::string_view reason;
    std::uint64_t calls_taken = 0;
    for (const auto& [name, membership] : agent.queues) {
        out.text(name);
        if (reason.empty()) reason = membership.reason;
        calls_taken += membership.calls_taken;
    }
    out.end_array();
    out.text("status", agent.status);
    out.text("reason", reason);
    out.text("since", agent.since);
    out.text("call_id", agent.call_id);
    out.number("calls_taken", calls_taken);
    out.end_object();
    return out.take();
}

}  // namespace callstream::sinks
