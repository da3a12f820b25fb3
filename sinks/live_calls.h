// The calls that are going on, and which of their connections are at which device.
//
// Each call.* and leg.* event carries the picture of its call, so that a call is known from any of
// them on. It is gone with call.ended, or as part of another with call.merged.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sinks/live_devices.h"
#include "sinks/live_event.h"
#include "sinks/live_json.h"
#include "sinks/live_party.h"
#include "sinks/live_records.h"

namespace callstream::sinks {

struct live_leg {
    std::string leg_id;
    std::string device;
    std::string doing;  // "ringing", "busy", or nothing yet
};

struct live_call {
    std::string pbx;
    std::string call_id;
    std::string state;
    std::string direction;
    live_party calling;
    live_party called;
    live_party answering;
    std::string queue;
    std::string agent;
    std::string trunk;
    std::vector<live_leg> legs;
    std::vector<std::string> in_conference;  // connections
    std::vector<std::string> counted_at;     // trunks
    bool had_trunk_leg = false;
    std::string started_at;
    std::string answered_at;
    std::string state_since;
};

class live_calls {
public:
    explicit live_calls(live_devices& devices) : devices_(devices) {}

    void apply(const live_event& event);
    // A caller waits in a queue, a party is in a conference: no event of the call says so.
    void join_queue(const live_event& event);
    void leave_queue(const live_event& event);
    void join_conference(const live_event& event);
    void leave_conference(const live_event& event);  // the call has left with its last party

    live_records<live_call>& records() noexcept { return calls_; }
    const live_records<live_call>& records() const noexcept { return calls_; }
    static std::string render(const live_call& call);

    void forget_all();
    void save(live_json& out) const;  // see live_state
    void restore(json_value from);

private:
    void take_picture(const live_event& event, live_call& call);
    void take_leg(const live_event& event, live_call& call);
    void merge(const live_event& event, live_call& survivor);
    void erase(const std::string& key, const live_event& event);
    void count_at_trunks(live_call& call);
    static void clear_state(const live_event& event, live_call& call, std::string_view state);
    static void enter(const live_event& event, live_call& call, std::string_view state);

    live_devices& devices_;
    live_records<live_call> calls_{100'000};
};

}  // namespace callstream::sinks
