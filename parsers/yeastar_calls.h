// Calls of a PBX that pushes reports: one for each call id, a leg for each member.
//
// What is said again, or was known already, gives no event twice; every function tells whether one
// went out. A call ends with its CDR; if none comes for a while after its last member left, or
// nothing at all for a day, the tick ends it.
//
// Lifetime: references stay good until the next call to see() or tick().
// Threads:  the PBX's home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/event.h"
#include "parsers/family_output.h"
#include "parsers/id_map.h"
#include "parsers/push_call.h"
#include "parsers/record_pool.h"
#include "parsers/yeastar_report.h"

namespace callstream::parsers {

struct push_call_limits {
    std::size_t call_count = 8'192;
    std::chrono::seconds cdr_wait = std::chrono::minutes(2);
    std::chrono::seconds ended_age = std::chrono::minutes(10);
    std::chrono::seconds silence = std::chrono::hours(24);
};

// The number by which a report names the member.
text number_of(const yeastar_member& member) noexcept;
// A party written as a number or as `Name<2005>`.
party party_named(text said) noexcept;

class yeastar_calls {
public:
    yeastar_calls(const push_call_limits& limits, const family_output& output)
        : limits_(limits), output_(output) {}

    // The report's call; one that is not known begins. Null if its id is none. `begins`: the
    // report says itself that the call begins here.
    push_call* see(const moment& when, text id, bool begins);
    push_call* find(text id) const noexcept { return calls_.find(id); }
    // What a member at a trunk says of the call's direction, parties and trunk.
    static void learn(push_call& call, const yeastar_member& member);
    // The member's leg, which is taken in if it is new; then one that ended may have to go. Null if
    // there are too many.
    push_leg* see_leg(const moment& when, push_call& call, const yeastar_member& member);

    // call.initiated, if it has not gone out yet.
    bool begin(const moment& when, push_call& call, const push_leg* leg);
    // The leg of that id, taken in without an event; null if there are too many.
    push_leg* restore_leg(push_call& call, text leg_id) noexcept;
    bool ring(const moment& when, push_call& call, push_leg& leg);
    bool ring_back(const moment& when, push_call& call, const push_leg* leg);
    bool answer(const moment& when, push_call& call, push_leg& leg, bool is_called_side);
    // By a member that has no leg.
    bool answer_unseen(const moment& when, push_call& call);
    // A member that left is called again, or comes back.
    void revive(const moment& when, push_call& call, push_leg& leg);
    bool answer_trunk(const moment& when, push_call& call, push_leg& leg);
    bool hold(const moment& when, push_call& call, push_leg& leg);
    bool leave(const moment& when, push_call& call, push_leg& leg);
    // Once somebody has answered, that another did not is no failure of the call.
    bool fail(const moment& when, push_call& call, text reason, enum disposition outcome);
    // With what its record says of it, which is put into `call` before.
    bool end(const moment& when, push_call& call);

    call_data picture(const push_call& call, const push_leg* leg) const noexcept;
    void publish(event_type type, const moment& when, const push_call& call,
                 const push_leg* leg = nullptr);
    void publish(event_type type, const moment& when, const push_call& call,
                 const event_data& data);

    void end_all(const moment& when, text why);
    void tick(timestamp now);
    std::size_t call_count() const noexcept { return calls_.size(); }

private:
    void publish_leg(event_type type, const moment& when, const push_call& call,
                     const push_leg& leg);
    static push_leg* add_leg(push_call& call, text key) noexcept;
    bool take_answer(const moment& when, push_call& call, const push_leg* leg);
    void make_room(const moment& when);  // a call that ended goes first
    void forget(push_call& call);
    void end_unseen(moment when, push_call& call, text why);

    push_call_limits limits_;
    family_output output_;
    id_map<push_call> calls_;
    record_pool<push_call> pool_;
    record_list<push_call, &push_call::in_live> by_age_;  // the longest silent first
    std::optional<timestamp> watched_since_;  // the first tick: silence before is no sign
};

}  // namespace callstream::parsers
