// The rows of queues, devices and registrations.
#include <algorithm>
#include <set>

#include "core/event_csta.h"
#include "parsers/ami_text.h"
#include "parsers/ami_view.h"
#include "parsers/channel_name.h"
#include "parsers/device_state.h"

namespace callstream::parsers {
namespace {

constexpr text away = "removed";
constexpr text unknown = "unknown";

text lower(text value, std::string& scratch) {
    scratch.assign(value);
    std::transform(scratch.begin(), scratch.end(), scratch.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return scratch;
}

// What a row says of a SIP peer, in the words of its events.
text state_of_peer(const message_view& row) noexcept {
    const text status = row.find("Status");
    if (status.starts_with("OK")) return "reachable";
    if (status.starts_with("LAGGED")) return "lagged";
    if (status.starts_with("UNREACHABLE")) return "unreachable";
    const text address = row.find("IPaddress");
    const bool is_somewhere = !address.empty() && address != "-none-" && address != "(null)";
    return is_somewhere ? "registered" : "unregistered";
}

}  // namespace

void ami_view::add_queue_row(const message_view& row, timestamp now) {
    const text kind = row.find("Event");
    const text queue = known_text(row.find("Queue"));
    if (queue.empty()) return;
    if (kind == "QueueEntry") return add_caller(row, queue);
    if (kind == "QueueMember") add_member(row, moment_of(now, kind));
}

void ami_view::add_caller(const message_view& row, text queue) {
    text leg_id = known_text(row.find("Uniqueid"));
    // Asterisk 1.4 names the channel alone.
    if (leg_id.empty())
        if (const leg_record* leg = parts_.calls.find_channel(row.find("Channel")))
            leg_id = leg->id.view();
    if (leg_id.empty()) return;
    published_state& state = parts_.state;
    if (waiting_record* known = state.waiting().find(state.key_in_queue(queue, leg_id))) {
        known->seen_in_view = state.view();
        return;
    }
    if (callers_.size() >= limits::waiting_caller_count_max) return;
    found_caller& found = callers_.emplace_back();
    found.queue.assign(queue);
    found.leg_id.assign(leg_id);
    found.number.assign(unescaped(known_text(row.find("CallerIDNum")), number_));
    found.name.assign(unescaped(known_text(row.find("CallerIDName")), name_));
    found.position = to_number(row.find("Position"));
    found.waited = to_seconds(row.find("Wait"));
}

void ami_view::end_waiting(const moment& when) {
    std::vector<waiting_record> gone;
    for (waiting_record* one = parts_.state.waiting().front(); one != nullptr;
         one = state_table<waiting_record>::list::after(*one))
        if (one->seen_in_view != parts_.state.view()) gone.push_back(*one);
    for (const waiting_record& one : gone) {
        queue_data data;
        data.queue = one.queue.view();
        data.leg_id = one.leg_id.view();
        data.call_id = one.call_id.view();
        data.caller = one.caller.view();
        if (call_record* call = parts_.calls.find_call(data.call_id)) {
            if (call->queued_at) data.wait_seconds = when.time - *call->queued_at;
            parts_.calls.mark_queued(*call, false);
        }
        parts_.output.publish(event_type::queue_caller_left, when, {data.queue, data.call_id, {}},
                              event_data(data));
    }
}

void ami_view::start_waiting(const moment& when) {
    published_state& state = parts_.state;
    for (const found_caller& found : callers_) {
        const text key = state.key_in_queue(found.queue.view(), found.leg_id.view());
        if (state.waiting().find(key) != nullptr || state.has_left(key)) continue;
        queue_data data;
        data.queue = found.queue.view();
        data.leg_id = found.leg_id.view();
        data.caller = {found.number.view(), found.name.view(), {}};
        data.position = found.position;
        if (const leg_record* leg = parts_.calls.find_leg(data.leg_id)) {
            if (leg->state == leg_state::ended) continue;
            call_record& call = *leg->call;
            data.call_id = call.id.view();
            data.caller = leg->who.view();
            call.queue.assign(data.queue);
            call.was_queued = true;
            parts_.calls.mark_queued(call, true);
            call.queued_at = found.waited ? when.time - *found.waited : when.time;
        }
        parts_.output.publish(event_type::queue_caller_joined, when, {data.queue, data.call_id, {}},
                              event_data(data));
    }
}

void ami_view::add_member(const message_view& row, const moment& when) {
    agent_data data;
    data.queue = known_text(row.find("Queue"));
    data.agent = known_text(row.find("Name"));
    data.device = known_text(row.find("Location"));
    if (data.device.empty()) data.device = known_text(row.find("Interface"));
    if (data.device.empty()) return;
    if (const auto status = to_number(row.find("Status")))
        data.state = name_of_device_state(*status);
    data.paused = to_flag(row.find("Paused")).value_or(false);
    data.reason = known_text(row.find("PausedReason"));
    data.calls_taken = to_number(row.find("CallsTaken"));
    data.penalty = to_number(row.find("Penalty"));

    published_state& state = parts_.state;
    const text key = state.key_in_queue(data.queue, data.device);
    member_record* const known = state.members().find(key);
    if (known == nullptr) {
        if (state.has_left(key)) return;
        tell_member(event_type::agent_logged_on, when, data);
        if (*data.paused) tell_member(event_type::agent_not_ready, when, data);
        return;
    }
    // What an event said since the list was asked for is newer.
    if (known->seen_in_view == state.view()) return;
    known->seen_in_view = state.view();
    if (known->paused != *data.paused)
        tell_member(*data.paused ? event_type::agent_not_ready : event_type::agent_ready, when,
                    data);
    else if (known->state.view() != data.state)
        tell_member(event_type::agent_state_changed, when, data);
}

void ami_view::end_members(const moment& when) {
    std::vector<member_record> gone;
    for (member_record* one = parts_.state.members().front(); one != nullptr;
         one = state_table<member_record>::list::after(*one))
        if (one->seen_in_view != parts_.state.view()) gone.push_back(*one);
    for (const member_record& one : gone) {
        agent_data data;
        data.queue = one.queue.view();
        data.agent = one.agent.view();
        data.device = one.device.view();
        tell_member(event_type::agent_logged_off, when, data);
    }
}

void ami_view::tell_member(event_type type, const moment& when, const agent_data& data) {
    const text subject = data.agent.empty() ? data.device : data.agent;
    parts_.output.publish(type, when, {subject, {}, {}}, event_data(data));
}

void ami_view::add_device(const message_view& row, const moment& when) {
    device_data data;
    data.device = known_text(row.find("Device"));
    data.state = name_of_device_state(row.find("State"));
    tell_device(when, data);
}

// A PBX that began anew has heard of no device but those that it lists.
void ami_view::forget_devices(const moment& when) {
    std::vector<device_record> forgotten;
    for (device_record* one = parts_.state.devices().front(); one != nullptr;
         one = state_table<device_record>::list::after(*one))
        if (one->seen_in_view != parts_.state.view() && one->address.empty() &&
            one->state.view() != unknown && one->device.view().find('/') != text::npos)
            forgotten.push_back(*one);
    for (const device_record& one : forgotten) {
        device_data data;
        data.device = one.device.view();
        data.state = unknown;
        parts_.output.publish(event_type::device_state_changed, when, {data.device, {}, {}},
                              event_data(data));
    }
}

void ami_view::add_extension(const message_view& row, const moment& when) {
    const auto bits = to_number(row.find("Status"));
    if (!bits) return;
    device_data data;
    data.device = known_text(row.find("Exten"));
    data.state = name_of_extension_state(*bits);
    data.context = known_text(row.find("Context"));
    tell_device(when, data);
}

void ami_view::tell_device(const moment& when, const device_data& data) {
    if (data.device.empty()) return;
    device_record* const known = parts_.state.devices().find(parts_.state.key_of_device(data));
    if (known != nullptr && known->state.view() == data.state)
        known->seen_in_view = parts_.state.view();
    const bool is_news = known == nullptr || (known->seen_in_view != parts_.state.view() &&
                                              known->state.view() != data.state);
    if (is_news)
        parts_.output.publish(event_type::device_state_changed, when, {data.device, {}, {}},
                              event_data(data));
}

void ami_view::add_contact(const message_view& row, const moment& when) {
    const text endpoint = known_text(row.find("Endpoint"));
    if (endpoint.empty()) return;
    device_.assign("PJSIP/").append(endpoint);
    device_data data;
    data.device = device_;
    data.state = lower(known_text(row.find("Status")), status_);
    data.address = known_text(row.find("Uri"));
    if (data.address.size() > decltype(device_record::address)::capacity) return;
    tell_contact(when, data);
}

void ami_view::tell_contact(const moment& when, const device_data& data) {
    const bool is_trunk = parts_.calls.rules().is_trunk(data.device);
    const text name = is_trunk ? name_of_device(data.device) : data.device;
    published_state& state = parts_.state;
    device_record* const known = state.contacts().find(state.key_of_contact(name, data.address));
    const bool is_newer = known == nullptr || known->seen_in_view != state.view();
    if (known != nullptr) known->seen_in_view = state.view();
    if (!is_newer || (known != nullptr && is_usable(known->state.view()) == is_usable(data.state)))
        return;
    if (!is_trunk) {
        parts_.output.publish(event_type::device_registration_changed, when, {data.device, {}, {}},
                              event_data(data));
        return;
    }
    const trunk_data trunk{name, data.state, data.address, data.reason};
    parts_.output.publish(event_type::trunk_status_changed, when, {trunk.trunk, {}, {}},
                          event_data(trunk));
}

void ami_view::add_peer(const message_view& row, const moment& when) {
    const text name = known_text(row.find("ObjectName"));
    if (name.empty()) return;
    device_.assign(row.find("Channeltype")).append("/").append(name);
    device_data data;
    data.device = device_;
    data.state = state_of_peer(row);
    if (is_usable(data.state)) data.address = known_text(row.find("IPaddress"));
    tell_contact(when, data);
}

// Beside its contacts PJSIP tells of the endpoint, without an address: one that can be reached is
// enough.
void ami_view::settle_endpoints(const moment& when) {
    published_state& state = parts_.state;
    std::set<text> usable;
    for (const device_record* one = state.contacts().front(); one != nullptr;
         one = state_table<device_record>::list::after(*one))
        if (!one->address.empty() && is_usable(one->state.view()))
            usable.insert(one->device.view());
    std::vector<device_record> wrong;
    for (const device_record& one : state.unseen(state.contacts())) {
        const bool is_endpoint = one.address.empty() && one.device.view().starts_with("PJSIP/");
        if (is_endpoint && is_usable(one.state.view()) != usable.contains(one.device.view()))
            wrong.push_back(one);
    }
    for (const device_record& one : wrong) {
        device_data data;
        data.device = one.device.view();
        data.state = usable.contains(data.device) ? "reachable" : "unreachable";
        tell_contact(when, data);
    }
}

// Only PJSIP's contacts are in that list, and each has an address.
void ami_view::end_contacts(const moment& when) {
    std::vector<device_record> gone;
    for (device_record* one = parts_.state.contacts().front(); one != nullptr;
         one = state_table<device_record>::list::after(*one))
        if (one->seen_in_view != parts_.state.view() && is_usable(one->state.view()) &&
            one->address.view().starts_with("sip") && one->device.view().starts_with("PJSIP/"))
            gone.push_back(*one);
    for (const device_record& one : gone) {
        device_data data;
        data.device = one.device.view();
        data.state = away;
        data.address = one.address.view();
        parts_.output.publish(event_type::device_registration_changed, when, {data.device, {}, {}},
                              event_data(data));
    }
    settle_endpoints(when);
}

}  // namespace callstream::parsers
