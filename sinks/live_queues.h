// Queues: who waits, what became of those who came today, and how their members are.
//
// A day is that of the PBX's zone. offered: callers who joined; answered: taken by an agent;
// abandoned: gave up; left: neither, such as those whom the queue itself sent on. The service level
// is the share of those answered within the threshold among the answered and the abandoned.
//
// Threads: one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/day_clock.h"
#include "sinks/live_event.h"
#include "sinks/live_json.h"
#include "sinks/live_party.h"
#include "sinks/live_records.h"

namespace callstream::sinks {

struct live_caller {
    std::string leg_id;
    std::string call_id;
    live_party caller;
    std::string joined_at;
    bool abandoned = false;  // told; the leaving follows
};

struct queue_counts {
    std::uint64_t offered = 0;
    std::uint64_t answered = 0;
    std::uint64_t answered_in_time = 0;
    std::uint64_t abandoned = 0;
    std::uint64_t left = 0;
};

struct live_queue {
    std::string pbx;
    std::string queue;
    std::vector<live_caller> callers;            // in their order
    std::deque<std::string> left;                // connections, of late: an agent may have them now
    std::map<std::string, std::string> members;  // device to status
    queue_counts today;
    std::string day;
};

class live_queues {
public:
    live_queues(day_clock& days, std::chrono::seconds service_level)
        : days_(days), service_level_(service_level) {}

    void apply(const live_event& event);         // queue.*
    void count_answer(const live_event& event);  // agent.connected
    void rename_call(const live_event& event);   // call.merged
    void tick(timestamp now);                    // a new day may begin
    // What a member is for the queue; empty: it is none.
    void set_member(const std::string& queue_key, std::string_view device, std::string_view status);
    std::vector<std::string> members_that_ring(const std::string& queue_key) const;  // devices
    void name_queue(const std::string& key, const live_event& event, std::string_view queue);

    live_records<live_queue>& records() noexcept { return queues_; }
    const live_records<live_queue>& records() const noexcept { return queues_; }
    std::string render(const live_queue& queue) const;

    void forget_callers();
    void save(live_json& out) const;  // see live_state
    void restore(json_value from);

private:
    live_queue* take(const live_event& event);
    void join(const live_event& event, live_queue& queue);
    void leave(const live_event& event, live_queue& queue);
    void abandon(const live_event& event, live_queue& queue);
    void write_callers(live_json& out, const live_queue& queue) const;

    day_clock& days_;
    std::chrono::seconds service_level_;
    live_records<live_queue> queues_{10'000};
};

}  // namespace callstream::sinks
