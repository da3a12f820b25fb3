// The calls, legs and bridges of one PBX: found by id, bounded in number, never moved.
//
// A call's id is its Linkedid. When two calls become one, the lost id goes on leading to the
// survivor. What has ended stays findable for a while, so that late records (a Cdr comes after its
// Hangup) still lead to their call.
//
// Lifetime: references stay good until the record is let go: by forget() of the leg, or for a call
//           and its merged ones with its last leg; for a bridge when it is empty.
// Threads:  the PBX's home loop.
#pragma once

#include <cstddef>

#include "core/time.h"
#include "parsers/call_record.h"
#include "parsers/id_map.h"
#include "parsers/record_pool.h"

namespace callstream::parsers {

class call_table {
public:
    leg_record* find_leg(text id) const noexcept { return legs_.find(id); }
    // The call of that id or the one that it was merged into.
    call_record* find_call(text id) const noexcept;
    bridge_record* find_bridge(text id) const noexcept { return bridges_.find(id); }
    // By name, the youngest call first; for PBXes that name channels without their ids. Linear.
    leg_record* find_channel(text name) const noexcept;
    leg_record* find_pending_device(text device) const noexcept;
    // First leg of the call that the agent took from the queue last, also if it is over.
    leg_record* find_caller_of(text queue, text agent) const noexcept;

    call_record& add_call(text id, timestamp now);
    // A further id that leads to `call`.
    void add_alias(text id, call_record& call, timestamp now);
    leg_record& add_leg(text id, call_record& call);
    bridge_record& add_bridge(text id);

    void enter_bridge(leg_record& leg, bridge_record& bridge);
    void leave_bridge(leg_record& leg);  // also lets go of the bridge if it is empty
    // Every leg of `lost`, and all that was merged into it, belongs to `survivor` from now on.
    void merge(call_record& lost, call_record& survivor);
    // The same for a call that nobody was told of: nothing remembers its id.
    void absorb(call_record& lost, call_record& survivor);

    void end_leg(leg_record& leg, timestamp now);
    void end_call(call_record& call);     // its legs must have ended
    void forget(leg_record& leg);         // an ended one
    void forget_legs(call_record& call);  // of an ended call, which goes with them
    void forget_ended_before(timestamp time);

    void touch(call_record& call, timestamp now) noexcept;  // it is alive
    call_record* stalest_call() const noexcept { return live_.front(); }
    static call_record* after(const call_record& live) noexcept {
        return record_list<call_record, &call_record::in_live>::after(live);
    }

    std::size_t call_count() const noexcept { return calls_.size(); }
    std::size_t leg_count() const noexcept { return legs_.size(); }
    std::size_t ended_leg_count() const noexcept { return ended_leg_count_; }
    leg_record* oldest_ended_leg() const noexcept { return ended_.front(); }

private:
    void forget_call(call_record& call);

    id_map<call_record> calls_;
    id_map<leg_record> legs_;
    id_map<bridge_record> bridges_;
    record_pool<call_record> call_pool_;
    record_pool<leg_record> leg_pool_;
    record_pool<bridge_record> bridge_pool_;
    live_calls live_;   // the stalest first
    ended_legs ended_;  // the oldest first
    std::size_t ended_leg_count_ = 0;
};

}  // namespace callstream::parsers
