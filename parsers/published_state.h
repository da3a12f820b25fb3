// What a consumer of the events believes of a PBX's queues, agents and devices: kept from the
// events that went out, so that what a list of the PBX shows is compared with that and with nothing
// else. (What it believes of calls is the call table.)
//
// Bounded: what finds no room is not remembered, and told once more with each snapshot.
//
// Lifetime: the output outlives it. Records are good until the next publish().
// Threads:  the PBX's home loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/event.h"
#include "core/limits.h"
#include "core/state_store.h"
#include "parsers/call_record.h"
#include "parsers/published_records.h"
#include "parsers/state_table.h"
#include "parsers/stored_fields.h"

namespace callstream::parsers {

class published_state final : public event_output {
public:
    // `store` may be null: nothing is kept over a restart.
    published_state(event_output& output, state_store* store) noexcept
        : output_(output), store_(store) {}

    void publish(const event& published) override;

    // Records that events speak of from now on carry the new view's number.
    void begin_view() noexcept;
    void end_view() noexcept;
    view_number view() const noexcept { return view_; }
    std::uint64_t made_up_count() const noexcept { return made_up_count_; }  // since then

    // Keys, valid until the next call of any of them.
    text key_in_queue(text queue, text member_or_leg);
    text key_of_device(const device_data& data);
    text key_of_contact(text device, text address);

    state_table<waiting_record>& waiting() noexcept { return waiting_; }
    state_table<member_record>& members() noexcept { return members_; }
    state_table<device_record>& devices() noexcept { return devices_; }
    state_table<device_record>& contacts() noexcept { return contacts_; }
    state_table<room_record>& rooms() noexcept { return rooms_; }
    state_table<participant_record>& participants() noexcept { return participants_; }
    // Copies of those of which neither an event nor a row has spoken in this view.
    template <class Record>
    std::vector<Record> unseen(const state_table<Record>& table) const {
        std::vector<Record> found;
        for (const Record* one = table.front(); one != nullptr;
             one = state_table<Record>::list::after(*one))
            if (one->seen_in_view != view_) found.push_back(*one);
        return found;
    }
    // Whoever left a queue in this view without having been known there.
    bool has_left(text key) const noexcept { return gone_.find(key) != nullptr; }
    // A channel that ended in this view; while there is none, nothing is remembered.
    void note_gone(text key);
    void note_unbridged(text leg_id);
    bool was_unbridged(text leg_id) { return has_left(key_in_queue(bridges, leg_id)); }
    // An event of this view told of it being parked or on hold, or no longer.
    bool was_settled(text call_id) { return has_left(key_in_queue(calls, call_id)); }

    // Live calls of which events went out since the last call of forget_changed(); empty without
    // a store. Those that ended are out of the store already.
    const std::vector<bounded_id>& changed_calls() const noexcept { return changed_; }
    void forget_changed() noexcept { changed_.clear(); }
    void store_call(text call_id, text value);
    // The call that a stored name is about; null for other names.
    static text stored_call(text name) noexcept;
    // What was stored under that name; false if it is nothing of ours.
    bool restore(text name, text value);

private:
    static constexpr text bridges = "\x1f";  // no queue has that name
    static constexpr text calls = "\x1e";    // nor that one

    struct gone_record {
        state_key id;
        link<gone_record> in_all;
    };

    void keep_call(event_type type, const call_data& data);
    void keep_queue(event_type type, const queue_data& data);
    void keep_agent(event_type type, const agent_data& data);
    void keep_device(const device_data& data);
    void keep_contact(text device, text state, text address);
    void keep_conference(event_type type, const conference_data& data);
    void keep_participant(text key, const conference_data& data);
    void drop_participant(text key);
    void note_settled(const event& published);
    void store(text kind, text key, text value);
    void store_waiting(const waiting_record& record);
    void store_member(const member_record& record);
    void store_participant(const participant_record& record);
    bool restore_participant(text key, text value);

    event_output& output_;
    state_store* store_;
    std::vector<bounded_id> changed_;
    std::string name_;
    field_writer value_;
    std::string key_;
    view_number view_ = 1;
    bool in_view_ = false;
    std::uint64_t made_up_count_ = 0;
    state_table<waiting_record> waiting_{limits::waiting_caller_count_max};
    state_table<member_record> members_{limits::queue_member_count_max};
    state_table<device_record> devices_{limits::device_count_max};
    state_table<device_record> contacts_{limits::device_count_max};
    state_table<room_record> rooms_{limits::conference_count_max};
    state_table<participant_record> participants_{limits::participant_count_max};
    state_table<gone_record> gone_{limits::leg_count_max};
};

}  // namespace callstream::parsers
