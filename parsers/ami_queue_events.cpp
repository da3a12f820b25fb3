#include "parsers/ami_queue_events.h"

#include <initializer_list>

#include "parsers/ami_text.h"
#include "parsers/device_state.h"

namespace callstream::parsers {
namespace {

// The first of several names of one thing that the message has.
text first_known(const ami_message& message, std::initializer_list<ami_key> keys) noexcept {
    for (const ami_key key : keys)
        if (const text found = known_text(message[key]); found.data() != nullptr) return found;
    return {};
}

// 12 and later say Interface.
text interface_of(const ami_message& message) noexcept {
    return first_known(
        message, {ami_key::interface, ami_key::location, ami_key::member, ami_key::agent_called});
}

text member_of(const ami_message& message) noexcept {
    return first_known(message, {ami_key::member_name, ami_key::agent_name});
}

// Asterisk counts a ring that nobody answered in milliseconds, one that was answered in seconds.
std::optional<duration> ring_seconds_of(const ami_message& message) noexcept {
    const text value = message[ami_key::ring_time];
    return message.event() == ami_event::agent_ring_no_answer ? to_milliseconds(value)
                                                              : to_seconds(value);
}

void note_queue(call_tracker& calls, call_record& call, event_type type, const queue_data& data,
                timestamp now) {
    if (type == event_type::queue_caller_joined) {
        call.queue.assign(data.queue);
        call.queued_at = now;
        call.was_queued = true;
    }
    calls.mark_queued(call, type == event_type::queue_caller_joined);
    // Asterisk says abandoned before it says left.
    if (type == event_type::queue_caller_abandoned) call.was_abandoned = true;
}

}  // namespace

bool ami_queue_events::translate(const ami_message& message, const moment& when) {
    using enum event_type;
    switch (message.event()) {
        case ami_event::queue_caller_join:
        case ami_event::join:
            return on_caller(queue_caller_joined, message, when);
        case ami_event::queue_caller_leave:
        case ami_event::leave:
            return on_caller(queue_caller_left, message, when);
        case ami_event::queue_caller_abandon:
            return on_caller(queue_caller_abandoned, message, when);
        case ami_event::agent_called:
            return on_agent(event_type::agent_called, message, when);
        case ami_event::agent_connect:
            return on_agent(agent_connected, message, when);
        case ami_event::agent_complete:
            return on_agent(agent_completed, message, when);
        case ami_event::agent_ring_no_answer:
        case ami_event::agent_dump:
            return on_agent(event_type::agent_ring_no_answer, message, when);
        case ami_event::queue_member_added:
            return on_member(agent_logged_on, message, when);
        case ami_event::queue_member_removed:
            return on_member(agent_logged_off, message, when);
        case ami_event::queue_member_pause:
        case ami_event::queue_member_paused:
            return on_member(message[ami_key::paused] == "1" ? agent_not_ready : agent_ready,
                             message, when);
        case ami_event::queue_member_status:
        case ami_event::queue_member_penalty:
        case ami_event::queue_member_ringinuse:
            return on_member(agent_state_changed, message, when);
        case ami_event::agent_login:
            return on_login(agent_logged_on, message, when);
        case ami_event::agent_logoff:
            return on_login(agent_logged_off, message, when);
        default:
            return false;
    }
}

// Asterisk says abandoned of callers too whose time in the queue is over; they hang up later, if
// they do. 1.x gives no sign of who wanted it: there it stays abandoned.
bool ami_queue_events::was_sent_away(const ami_message& message) const noexcept {
    const leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    return message[ami_key::linkedid].data() != nullptr && leg != nullptr && leg->created_at &&
           !leg->is_hanging_up;
}

bool ami_queue_events::on_caller(event_type type, const ami_message& message, const moment& when) {
    queue_data data;
    data.queue = known_text(message[ami_key::queue]);
    if (data.queue.empty()) return false;
    if (type == event_type::queue_caller_abandoned && was_sent_away(message)) return false;
    data.leg_id = known_text(message[ami_key::uniqueid]);
    data.position = to_number(message[ami_key::position]);
    data.original_position = to_number(message[ami_key::original_position]);
    data.waiting = to_number(message[ami_key::count]);
    data.wait_seconds = to_seconds(message[ami_key::hold_time]);
    const channel_view caller = reader_.view(message, channel_keys::own);
    data.caller = {caller.number, caller.name, {}};
    data.variables = when.variables;
    if (leg_record* leg = calls_.see(when, caller)) {
        if (leg->kind == leg_kind::party) calls_.reveal(when, *leg);
        call_record& call = *leg->call;
        data.call_id = call.id.view();
        data.caller = leg->who.view();
        if (call.life == call_life::live) note_queue(calls_, call, type, data, when.time);
        if (type == event_type::queue_caller_left && call.queued_at)
            data.wait_seconds = when.time - *call.queued_at;
    }
    output_.publish(type, when, {data.queue, data.call_id, {}}, event_data(data));
    return true;
}

bool ami_queue_events::on_agent(event_type type, const ami_message& message, const moment& when) {
    agent_data data;
    data.queue = known_text(message[ami_key::queue]);
    data.agent = member_of(message);
    data.device = interface_of(message);
    data.leg_id = known_text(message[ami_key::uniqueid]);
    data.agent_leg_id = known_text(message[ami_key::dest_uniqueid]);
    data.reason = known_text(message[ami_key::reason]);
    // The agent hung up on the announcement, before hearing the caller.
    if (message.event() == ami_event::agent_dump) data.reason = "dump";
    data.wait_seconds = to_seconds(message[ami_key::hold_time]);
    data.ring_seconds = ring_seconds_of(message);
    data.talk_seconds = to_seconds(message[ami_key::talk_time]);
    const channel_view caller = reader_.view(message, channel_keys::own);
    data.caller = {caller.number, caller.name, {}};
    data.variables = when.variables;
    const bool is_linked = caller.call_id.data() != nullptr;
    if (leg_record* leg = is_linked ? calls_.see(when, caller) : unlinked_caller(message, data)) {
        if (!is_linked) join_agent(type, message, when, *leg, data);
        call_record& call = *leg->call;
        if (type == event_type::agent_connected && call.life == call_life::live)
            call.agent.assign(data.agent);
        data.leg_id = leg->id.view();
        data.call_id = call.id.view();
        data.caller = leg->who.view();
        if (data.queue.empty()) data.queue = call.queue.view();
    }
    const text subject = data.agent.empty() ? data.device : data.agent;
    if (subject.empty()) return false;
    output_.publish(type, when, {subject, data.call_id, {}}, event_data(data));
    return true;
}

// In 1.x the Uniqueid is the caller's and the Channel mostly the agent's; 1.4 has names alone. Even
// 23 leaves out the channels of an AgentComplete if they are gone by then.
leg_record* ami_queue_events::unlinked_caller(const ami_message& message, const agent_data& data) {
    leg_record* leg = calls_.find_leg(message[ami_key::uniqueid]);
    if (leg == nullptr) leg = calls_.find_channel(message[ami_key::channel_calling]);
    if (leg != nullptr || message.event() != ami_event::agent_complete) return leg;
    return calls_.find_caller_of(data.queue, data.agent);
}

leg_record* ami_queue_events::unlinked_agent(const ami_message& message, text device) {
    leg_record* leg = calls_.find_leg(message[ami_key::bridged_channel]);
    if (leg == nullptr) leg = calls_.find_channel(message[ami_key::destination_channel]);
    if (leg == nullptr && message.event() == ami_event::agent_called)
        leg = calls_.find_pending_device(device);
    return leg != nullptr ? leg : calls_.find_channel(message[ami_key::channel]);
}

void ami_queue_events::join_agent(event_type type, const ami_message& message, const moment& when,
                                  leg_record& caller, agent_data& data) {
    leg_record* agent = unlinked_agent(message, data.device);
    if (agent == nullptr || agent == &caller) return;
    data.agent_leg_id = agent->id.view();
    const bool is_connected = type == event_type::agent_connected;
    if (type != event_type::agent_called && !is_connected) return;
    calls_.begin_dial(when, &caller, *agent, {});
    if (is_connected) calls_.end_dial(when, &caller, *agent, dial_result::answered);
}

bool ami_queue_events::on_member(event_type type, const ami_message& message, const moment& when) {
    agent_data data;
    data.queue = known_text(message[ami_key::queue]);
    data.agent = known_text(message[ami_key::member_name]);
    data.device = interface_of(message);
    if (const auto state = to_number(message[ami_key::status]))
        data.state = name_of_device_state(*state);
    data.paused = to_flag(message[ami_key::paused]);
    data.reason = known_text(message[ami_key::paused_reason]);
    data.calls_taken = to_number(message[ami_key::calls_taken]);
    data.penalty = to_number(message[ami_key::penalty]);
    if (data.reason.empty()) data.reason = known_text(message[ami_key::reason]);
    const text subject = data.agent.empty() ? data.device : data.agent;
    if (subject.empty()) return false;
    output_.publish(type, when, {subject, {}, {}}, event_data(data));
    return true;
}

// An agent of an agent pool, whose own call waits there for callers.
bool ami_queue_events::on_login(event_type type, const ami_message& message, const moment& when) {
    agent_data data;
    data.agent = known_text(message[ami_key::agent]);
    if (data.agent.empty()) return false;
    data.agent_leg_id = known_text(message[ami_key::uniqueid]);
    if (const leg_record* leg = calls_.find_leg(data.agent_leg_id)) {
        data.device = leg->who.device.view();
        data.call_id = leg->call->id.view();
    }
    output_.publish(type, when, {data.agent, data.call_id, {}}, event_data(data));
    return true;
}

}  // namespace callstream::parsers
