// What a list of the PBX shows beside its events: legs confirmed, moved, or gone unseen.
#include <vector>

#include "parsers/bridge_walk.h"
#include "parsers/call_memory.h"
#include "parsers/call_tracker.h"

namespace callstream::parsers {

void call_tracker::show(const moment& when, leg_record& leg, const channel_view& channel) {
    if (leg.state == leg_state::ended) return;
    see(when, channel);
    change_state(when, leg, channel.state);
}

void call_tracker::show_bridge(const moment& when, leg_record& leg, const bridge_view& bridge) {
    if (leg.state == leg_state::ended || leg.moved_in_view == view_) return;
    const text known = leg.bridge != nullptr ? leg.bridge->id.view() : text();
    if (known == bridge.id) return;
    leave_bridge(when, leg);
    if (bridge.id.empty() || !enter_bridge(when, leg, bridge)) return;
    call_record& call = *leg.call;
    leg_record* other = other_party(leg);
    if (other == nullptr || !call.answering.empty()) return;
    leg_record& answering = &leg == call.first_leg ? *other : leg;
    call.answering.assign(answering.who.view());
    if (answering.call == &call) call.answering_leg = &answering;
}

void call_tracker::end_unseen(const moment& when, text why) {
    // Ending one may let go of records of ended legs, never of those that still live.
    std::vector<leg_record*> gone;
    for (call_record* call = table_.stalest_call(); call != nullptr;
         call = call_table::after(*call))
        for (leg_record* leg = call->legs.front(); leg != nullptr; leg = legs_of_call::after(*leg))
            if (leg->state != leg_state::ended && leg->seen_in_view != view_) gone.push_back(leg);
    for (leg_record* leg : gone) {
        if (leg->is_pending)
            end_untold(when, *leg);
        else
            hang_up(when, *leg, {std::nullopt, why});
    }
    // Of a call that was restored its legs may not have been.
    std::vector<call_record*> empty;
    for (call_record* call = table_.stalest_call(); call != nullptr;
         call = call_table::after(*call))
        if (call->live_leg_count == 0) empty.push_back(call);
    for (call_record* call : empty)
        close_unseen(when, *call, why);
}

// A leg of which nothing was told goes the same way.
void call_tracker::end_untold(const moment& when, leg_record& leg) {
    call_record& call = *leg.call;
    table_.end_leg(leg, when.time);
    if (call.live_leg_count > 0) return;
    call.is_pending ? drop(call) : close(when, call);
}

bool call_tracker::restore(text bytes, timestamp now) {
    const call_record* const call = call_memory::restore(bytes, table_, now);
    if (call != nullptr && call->is_queued) ++queued_call_count_;
    return call != nullptr;
}

}  // namespace callstream::parsers
