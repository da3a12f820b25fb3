// Agents, by their devices: the queues they are in, how they are, what they do.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sinks/live_event.h"
#include "sinks/live_json.h"
#include "sinks/live_queues.h"
#include "sinks/live_records.h"

namespace callstream::sinks {

struct live_membership {
    bool paused = false;
    std::string reason;
    std::uint64_t calls_taken = 0;
};

struct live_agent {
    std::string pbx;
    std::string agent;
    std::string device;
    std::map<std::string, live_membership> queues;  // by name
    std::string device_state;                       // as the events name it
    bool inferred = false;  // device_state: from a call that a queue gave, not from the device
    std::string status;
    std::string since;
    std::string call_id;
};

class live_agents {
public:
    explicit live_agents(live_queues& queues) : queues_(queues) {}

    void apply(const live_event& event);
    void rename_call(const live_event& event);  // call.merged
    // A caller is no longer in the queue: whose phone rang for them, of whom no more may be told.
    void stop_ringing(const live_event& event);

    live_records<live_agent>& records() noexcept { return agents_; }
    const live_records<live_agent>& records() const noexcept { return agents_; }
    static std::string render(const live_agent& agent);

    void save(live_json& out) const;  // see live_state
    void restore(json_value from);

private:
    void log_off(const live_event& event, const std::string& key);
    void take_membership(const live_event& event, live_agent& agent);
    static void take_call(const live_event& event, live_agent& agent);
    void settle(const live_event& event, live_agent& agent);
    void tell_queues(const live_agent& agent);

    live_queues& queues_;
    live_records<live_agent> agents_{50'000};
};

}  // namespace callstream::sinks
