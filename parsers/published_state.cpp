#include "parsers/published_state.h"

#include <type_traits>

namespace callstream::parsers {
namespace {

constexpr char between_keys = '\x1f';

// What is stored, by the begin of its name.
constexpr text call_kind = "call/";
constexpr text waiting_kind = "wait/";
constexpr text member_kind = "member/";
constexpr text room_kind = "room/";
constexpr text participant_kind = "in-room/";

const call_data* call_in(const event& published) noexcept {
    return std::visit(
        [](const auto& data) -> const call_data* {
            if constexpr (std::is_convertible_v<decltype(&data), const call_data*>)
                return &data;
            else
                return nullptr;
        },
        published.data);
}

}  // namespace

void published_state::publish(const event& published) {
    if (published.origin.synthetic) ++made_up_count_;
    if (const auto* queue = std::get_if<queue_data>(&published.data))
        keep_queue(published.type, *queue);
    else if (const auto* agent = std::get_if<agent_data>(&published.data))
        keep_agent(published.type, *agent);
    else if (const auto* conference = std::get_if<conference_data>(&published.data))
        keep_conference(published.type, *conference);
    else if (const auto* trunk = std::get_if<trunk_data>(&published.data)) {
        if (published.origin.said.event != "Registry")
            keep_contact(trunk->trunk, trunk->status, trunk->address);
    } else if (const auto* device = std::get_if<device_data>(&published.data)) {
        if (published.type == event_type::device_state_changed)
            keep_device(*device);
        else
            keep_contact(device->device, device->state, device->address);
    }
    if (in_view_) note_settled(published);
    output_.publish(published);
    // Behind the event, so that what is stored never runs ahead of what was told.
    if (store_ == nullptr) return;
    if (const call_data* call = call_in(published)) keep_call(published.type, *call);
    if (const auto* merged = std::get_if<call_merged_data>(&published.data))
        store(call_kind, merged->merged_call_id, {});
}

void published_state::note_unbridged(text leg_id) {
    if (in_view_) note_gone(key_in_queue(bridges, leg_id));
}

void published_state::keep_call(event_type type, const call_data& data) {
    if (type == event_type::call_ended) return store(call_kind, data.call_id, {});
    if (type == event_type::call_dtmf || data.call_id.size() > bounded_id::capacity) return;
    if (!changed_.empty() && changed_.back().view() == data.call_id) return;
    changed_.emplace_back().assign(data.call_id);
}

void published_state::store(text kind, text key, text value) {
    if (store_ == nullptr) return;
    name_.assign(kind).append(key);
    store_->put(name_, value);
}

void published_state::store_call(text call_id, text value) {
    store(call_kind, call_id, value);
}

void published_state::store_waiting(const waiting_record& record) {
    if (store_ == nullptr) return;
    value_.clear();
    value_.put(record.queue.view());
    value_.put(record.leg_id.view());
    value_.put(record.call_id.view());
    value_.put(record.caller.view());
    store(waiting_kind, record.id.view(), value_.view());
}

void published_state::store_member(const member_record& record) {
    if (store_ == nullptr) return;
    value_.clear();
    value_.put(record.queue.view());
    value_.put(record.device.view());
    value_.put(record.agent.view());
    value_.put(std::uint32_t{record.paused ? 1U : 0U});
    store(member_kind, record.id.view(), value_.view());
}

void published_state::store_participant(const participant_record& record) {
    if (store_ == nullptr) return;
    value_.clear();
    value_.put(record.conference.view());
    value_.put(record.leg_id.view());
    value_.put(record.call_id.view());
    value_.put(record.member.view());
    store(participant_kind, record.id.view(), value_.view());
}

bool published_state::restore_participant(text key, text value) {
    participant_record* const record = participants_.take(key);
    if (record == nullptr) return false;
    field_reader from(value);
    record->conference.assign(from.get_text());
    record->leg_id.assign(from.get_text());
    record->call_id.assign(from.get_text());
    record->member.assign(from.get_party());
    return from.ok();
}

bool published_state::restore(text name, text value) {
    if (name.starts_with(room_kind)) return rooms_.take(name.substr(room_kind.size())) != nullptr;
    if (name.starts_with(participant_kind))
        return restore_participant(name.substr(participant_kind.size()), value);
    field_reader from(value);
    if (name.starts_with(waiting_kind)) {
        waiting_record* const record = waiting_.take(name.substr(waiting_kind.size()));
        if (record == nullptr) return false;
        record->queue.assign(from.get_text());
        record->leg_id.assign(from.get_text());
        record->call_id.assign(from.get_text());
        record->caller.assign(from.get_party());
        return from.ok();
    }
    if (!name.starts_with(member_kind)) return false;
    member_record* const record = members_.take(name.substr(member_kind.size()));
    if (record == nullptr) return false;
    record->queue.assign(from.get_text());
    record->device.assign(from.get_text());
    record->agent.assign(from.get_text());
    record->paused = from.get_number() != 0;
    return from.ok();
}

text published_state::stored_call(text name) noexcept {
    return name.starts_with(call_kind) ? name.substr(call_kind.size()) : text();
}

void published_state::begin_view() noexcept {
    end_view();
    in_view_ = true;
    made_up_count_ = 0;
}

void published_state::end_view() noexcept {
    ++view_;
    in_view_ = false;
    while (gone_record* gone = gone_.front())
        gone_.erase(*gone);
}

text published_state::key_in_queue(text queue, text member_or_leg) {
    key_.assign(queue).append(1, between_keys).append(member_or_leg);
    return key_;
}

// An extension is one in its context; a device has none.
text published_state::key_of_device(const device_data& data) {
    key_.assign(data.device).append(1, between_keys).append(data.context);
    return key_;
}

// One device has many contacts, by their URIs; a SIP peer is one, wherever it is.
text published_state::key_of_contact(text device, text address) {
    const bool is_uri = address.starts_with("sip:") || address.starts_with("sips:");
    key_.assign(device).append(1, between_keys).append(is_uri ? address : text());
    return key_;
}

void published_state::note_gone(text key) {
    if (in_view_) gone_.take(key);
}

void published_state::keep_queue(event_type type, const queue_data& data) {
    // Who gave up waits until their leaving was told, which follows.
    if (data.queue.empty() || data.leg_id.empty() || type == event_type::queue_caller_abandoned)
        return;
    const text key = key_in_queue(data.queue, data.leg_id);
    if (type == event_type::queue_caller_left) {
        if (waiting_record* known = waiting_.find(key)) {
            store(waiting_kind, key, {});
            waiting_.erase(*known);
        }
        return note_gone(key);
    }
    waiting_record* const record = waiting_.take(key);
    if (record == nullptr) return;
    record->queue.assign(data.queue);
    record->leg_id.assign(data.leg_id);
    record->call_id.assign(data.call_id);
    record->caller.assign(data.caller);
    record->position = data.position;
    record->seen_in_view = view_;
    store_waiting(*record);
}

void published_state::keep_agent(event_type type, const agent_data& data) {
    using enum event_type;
    const bool tells_of_member = type == agent_logged_on || type == agent_logged_off ||
                                 type == agent_ready || type == agent_not_ready ||
                                 type == agent_state_changed;
    if (!tells_of_member || data.queue.empty() || data.device.empty()) return;
    const text key = key_in_queue(data.queue, data.device);
    if (type == agent_logged_off) {
        if (member_record* known = members_.find(key)) {
            store(member_kind, key, {});
            members_.erase(*known);
        }
        return note_gone(key);
    }
    // Of whom no consumer knows that they are in the queue, a list is still to say it.
    member_record* const record =
        type == agent_state_changed ? members_.find(key) : members_.take(key);
    if (record == nullptr) return;
    record->queue.assign(data.queue);
    record->device.assign(data.device);
    record->agent.refine(data.agent);
    record->state.refine(data.state);
    if (data.paused) record->paused = *data.paused;
    if (type == agent_ready || type == agent_not_ready) record->paused = type == agent_not_ready;
    record->seen_in_view = view_;
    if (type != agent_state_changed) store_member(*record);
}

void published_state::keep_conference(event_type type, const conference_data& data) {
    using enum event_type;
    if (type == conference_ended) {
        if (room_record* known = rooms_.find(data.conference)) {
            store(room_kind, data.conference, {});
            rooms_.erase(*known);
        }
        return note_gone(data.conference);
    }
    if (room_record* room = rooms_.take(data.conference)) {
        if (room->seen_in_view == 0) store(room_kind, data.conference, "1");
        room->seen_in_view = view_;
    }
    if (data.leg_id.empty()) return;
    const text key = key_in_queue(data.conference, data.leg_id);
    if (type == conference_joined) keep_participant(key, data);
    if (type == conference_left) drop_participant(key);
}

void published_state::keep_participant(text key, const conference_data& data) {
    participant_record* const record = participants_.take(key);
    if (record == nullptr) return;
    record->conference.assign(data.conference);
    record->leg_id.assign(data.leg_id);
    record->call_id.assign(data.call_id);
    record->member.assign(data.member);
    record->seen_in_view = view_;
    store_participant(*record);
}

void published_state::drop_participant(text key) {
    if (participant_record* known = participants_.find(key)) {
        store(participant_kind, key, {});
        participants_.erase(*known);
    }
    note_gone(key);
}

void published_state::note_settled(const event& published) {
    using enum event_type;
    const event_type type = published.type;
    if (type == call_held || type == call_retrieved || type == call_parked || type == call_unparked)
        if (const call_data* call = call_in(published))
            note_gone(key_in_queue(calls, call->call_id));
}

void published_state::keep_device(const device_data& data) {
    device_record* const record = devices_.take(key_of_device(data));
    if (record == nullptr) return;
    record->device.assign(data.device);
    record->state.assign(data.state);
    record->seen_in_view = view_;
}

void published_state::keep_contact(text device, text state, text address) {
    device_record* const record = contacts_.take(key_of_contact(device, address));
    if (record == nullptr) return;
    record->device.assign(device);
    record->address.assign(address);
    record->state.assign(state);
    record->seen_in_view = view_;
}

}  // namespace callstream::parsers
