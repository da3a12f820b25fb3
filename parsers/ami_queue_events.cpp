#include "parsers/ami_queue_events.h"

#include "parsers/ami_text.h"
#include "parsers/device_state.h"

namespace callstream::parsers {
namespace {

// 1.x says Location where 12 and later say Interface.
text interface_of(const ami_message& message) noexcept {
    const text found = known_text(message[ami_key::interface]);
    return found.data() != nullptr ? found : known_text(message[ami_key::location]);
}

// Asterisk counts a ring that nobody answered in milliseconds, one that was answered in seconds.
std::optional<duration> ring_seconds_of(const ami_message& message) noexcept {
    const text value = message[ami_key::ring_time];
    return message.event() == ami_event::agent_ring_no_answer ? to_milliseconds(value)
                                                              : to_seconds(value);
}

void note_queue(call_record& call, event_type type, const queue_data& data, timestamp now) {
    if (type == event_type::queue_caller_joined) {
        call.queue.assign(data.queue);
        call.queued_at = now;
        call.was_queued = true;
    }
    call.is_queued = type == event_type::queue_caller_joined;
    // Asterisk says abandoned before it says left.
    if (type == event_type::queue_caller_abandoned) call.was_abandoned = true;
}

}  // namespace

bool ami_queue_events::translate(const ami_message& message, const moment& when) {
    using enum event_type;
    switch (message.event()) {
        case ami_event::queue_caller_join:
            return on_caller(queue_caller_joined, message, when);
        case ami_event::queue_caller_leave:
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
            return on_member(agent_state_changed, message, when);
        case ami_event::agent_login:
            return on_login(agent_logged_on, message, when);
        case ami_event::agent_logoff:
            return on_login(agent_logged_off, message, when);
        default:
            return false;
    }
}

bool ami_queue_events::on_caller(event_type type, const ami_message& message, const moment& when) {
    queue_data data;
    data.queue = known_text(message[ami_key::queue]);
    if (data.queue.empty()) return false;
    data.leg_id = known_text(message[ami_key::uniqueid]);
    data.position = to_number(message[ami_key::position]);
    data.original_position = to_number(message[ami_key::original_position]);
    data.waiting = to_number(message[ami_key::count]);
    data.wait_seconds = to_seconds(message[ami_key::hold_time]);
    const channel_view caller = reader_.view(message, channel_keys::own);
    data.caller = {caller.number, caller.name, {}};
    if (const leg_record* leg = calls_.see(when, caller)) {
        call_record& call = *leg->call;
        data.call_id = call.id.view();
        data.caller = leg->who.view();
        if (call.life == call_life::live) note_queue(call, type, data, when.time);
        if (type == event_type::queue_caller_left && call.queued_at)
            data.wait_seconds = when.time - *call.queued_at;
    }
    output_.publish(type, when, {data.queue, data.call_id, {}}, event_data(data));
    return true;
}

bool ami_queue_events::on_agent(event_type type, const ami_message& message, const moment& when) {
    agent_data data;
    data.queue = known_text(message[ami_key::queue]);
    data.agent = known_text(message[ami_key::member_name]);
    data.device = interface_of(message);
    data.leg_id = known_text(message[ami_key::uniqueid]);
    data.agent_leg_id = known_text(message[ami_key::dest_uniqueid]);
    data.reason = known_text(message[ami_key::reason]);
    data.wait_seconds = to_seconds(message[ami_key::hold_time]);
    data.ring_seconds = ring_seconds_of(message);
    data.talk_seconds = to_seconds(message[ami_key::talk_time]);
    const channel_view caller = reader_.view(message, channel_keys::own);
    data.caller = {caller.number, caller.name, {}};
    if (const leg_record* leg = calls_.see(when, caller)) {
        call_record& call = *leg->call;
        if (type == event_type::agent_connected && call.life == call_life::live)
            call.agent.assign(data.agent);
        data.call_id = call.id.view();
        data.caller = leg->who.view();
    }
    const text subject = data.agent.empty() ? data.device : data.agent;
    if (subject.empty()) return false;
    output_.publish(type, when, {subject, data.call_id, {}}, event_data(data));
    return true;
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
