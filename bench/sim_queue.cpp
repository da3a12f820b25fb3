#include "bench/sim_queue.h"

#include <algorithm>

namespace callstream::sim {

namespace {

long long whole_seconds(timestamp from, timestamp to) {
    return std::chrono::floor<std::chrono::seconds>(to - from).count();
}

}  // namespace

queue_member& call_queue::next_member() {
    for (std::size_t tried = 0; tried < members_.size(); ++tried) {
        queue_member& member = members_[turn_++ % members_.size()];
        if (member.status == 1 && !member.paused && member.logged_on) return member;
    }
    return members_[turn_++ % members_.size()];
}

queue_member& call_queue::any_member() {
    return members_[exchange_.random()() % members_.size()];
}

event_text& call_queue::begin(std::string_view name, const channel& caller) {
    event_text& text = exchange_.begin(name, event_class::agent);
    add_channel(text, caller);
    return text;
}

event_text& call_queue::begin(std::string_view name, const channel& caller, const channel& agent) {
    event_text& text = begin(name, caller);
    add_channel(text, agent, "Dest");
    return text.add("Queue", name_);
}

long long call_queue::seconds_since(timestamp from) const {
    return whole_seconds(from, exchange_.now());
}

std::size_t call_queue::position_of(const channel& caller) const {
    const auto found = std::find(waiting_.begin(), waiting_.end(), &caller);
    return static_cast<std::size_t>(found - waiting_.begin()) + 1;
}

void call_queue::caller_join(const channel& caller) {
    waiting_.push_back(&caller);
    if (waiting_.size() == 1) exchange_.device_state("Queue:" + name_, "RINGING");
    begin("QueueCallerJoin", caller)
        .add("Queue", name_)
        .add("Position", waiting_.size())
        .add("Count", waiting_.size());
    exchange_.raise();
}

void call_queue::caller_leave(const channel& caller) {
    const std::size_t position = position_of(caller);
    std::erase(waiting_, &caller);
    if (waiting_.empty()) exchange_.device_state("Queue:" + name_, "NOT_INUSE");
    begin("QueueCallerLeave", caller)
        .add("Queue", name_)
        .add("Position", position)
        .add("Count", waiting_.size());
    exchange_.raise();
}

void call_queue::caller_abandon(const channel& caller) {
    ++totals_.abandoned;
    begin("QueueCallerAbandon", caller)
        .add("Queue", name_)
        .add("Position", position_of(caller))
        .add("OriginalPosition", position_of(caller))
        .add("HoldTime", seconds_since(caller.created));
    exchange_.raise();
}

void call_queue::agent_called(const channel& caller, const channel& agent,
                              const queue_member& member) {
    begin("AgentCalled", caller, agent)
        .add("Interface", agent.device)
        .add("MemberName", member.name);
    exchange_.raise();
}

void call_queue::agent_connect(const channel& caller, const channel& agent, queue_member& member) {
    member.in_call = true;
    begin("AgentConnect", caller, agent)
        .add("Interface", agent.device)
        .add("MemberName", member.name)
        .add("HoldTime", seconds_since(caller.created))
        .add("RingTime", seconds_since(agent.created));
    exchange_.raise();
}

void call_queue::agent_complete(const channel& caller, const channel& agent, queue_member& member,
                                timestamp connected) {
    ++totals_.completed;
    begin("AgentComplete", caller, agent)
        .add("Interface", agent.device)
        .add("MemberName", member.name)
        .add("HoldTime", whole_seconds(caller.created, connected))
        .add("TalkTime", seconds_since(connected))
        .add("Reason", "caller");
    exchange_.raise();
    member.in_call = false;
    member.last_call = exchange_.now();
    ++member.calls_taken;
}

void call_queue::agent_ring_no_answer(const channel& caller, const channel& agent,
                                      const queue_member& member) {
    const auto rang =
        std::chrono::floor<std::chrono::milliseconds>(exchange_.now() - agent.created);
    begin("AgentRingNoAnswer", caller, agent)
        .add("Interface", agent.device)
        .add("MemberName", member.name)
        .add("RingTime", rang.count());
    exchange_.raise();
}

void call_queue::set_status(queue_member& member, int status) {
    member.status = status;
    if (member.logged_on) raise("QueueMemberStatus", member);
}

void call_queue::set_paused(queue_member& member, bool paused) {
    member.paused = paused;
    raise("QueueMemberPause", member);
}

void call_queue::set_logged_on(queue_member& member, bool logged_on) {
    member.logged_on = logged_on;
    member.paused = false;
    raise(logged_on ? "QueueMemberAdded" : "QueueMemberRemoved", member);
}

void call_queue::raise(std::string_view name, const queue_member& member) {
    const std::string device = "PJSIP/" + member.extension;
    exchange_.begin(name, event_class::agent)
        .add("Queue", name_)
        .add("MemberName", member.name)
        .add("Interface", device)
        .add("StateInterface", device)
        .add("Membership", "static")
        .add("Penalty", 0)
        .add("CallsTaken", member.calls_taken)
        .add("LastCall", std::chrono::system_clock::to_time_t(member.last_call))
        .add("LastPause", 0)
        .add("LoginTime", std::chrono::system_clock::to_time_t(opened_))
        .add("InCall", member.in_call ? 1 : 0)
        .add("Status", member.status)
        .add("Paused", member.paused ? 1 : 0)
        .add("PausedReason", member.paused ? "Break" : "")
        .add("Ringinuse", 0)
        .add("Wrapuptime", 0);
    exchange_.raise();
}

}  // namespace callstream::sim
