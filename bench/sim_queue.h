// One queue of a simulated Asterisk: its members, its waiting callers, and their events.
//
// Lifetime: the pbx outlives the queue; a caller leaves the queue before it hangs up.
// Threads:  the loop's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/sim_pbx.h"

namespace callstream::sim {

struct queue_member {
    std::string extension;
    std::string name;
    unsigned calls_taken = 0;
    timestamp last_call{};
    bool in_call = false;
    bool paused = false;
    bool logged_on = true;
    int status = 1;  // 1 not in use, 2 in use, 6 ringing
};

struct queue_totals {
    unsigned completed = 0;
    unsigned abandoned = 0;
};

class call_queue {
public:
    call_queue(pbx& exchange, std::string name, std::vector<queue_member> members, timestamp opened)
        : exchange_(exchange),
          name_(std::move(name)),
          members_(std::move(members)),
          opened_(opened) {}

    // A member who is free, in turn; anyone in turn when nobody is.
    queue_member& next_member();
    queue_member& any_member();  // at random

    void caller_join(const channel& caller);
    void caller_leave(const channel& caller);
    void caller_abandon(const channel& caller);
    void agent_called(const channel& caller, const channel& agent, const queue_member& member);
    void agent_connect(const channel& caller, const channel& agent, queue_member& member);
    void agent_complete(const channel& caller, const channel& agent, queue_member& member,
                        timestamp connected);
    void agent_ring_no_answer(const channel& caller, const channel& agent,
                              const queue_member& member);
    void set_status(queue_member& member, int status);
    void set_paused(queue_member& member, bool paused);
    void set_logged_on(queue_member& member, bool logged_on);

    const std::string& name() const { return name_; }
    const std::vector<queue_member>& members() const { return members_; }
    const std::vector<const channel*>& waiting() const { return waiting_; }
    const queue_totals& totals() const { return totals_; }

private:
    void raise(std::string_view name, const queue_member& member);
    event_text& begin(std::string_view name, const channel& caller);
    event_text& begin(std::string_view name, const channel& caller, const channel& agent);
    long long seconds_since(timestamp from) const;
    std::size_t position_of(const channel& caller) const;

    pbx& exchange_;
    std::string name_;
    std::vector<queue_member> members_;
    std::vector<const channel*> waiting_;
    timestamp opened_;
    std::size_t turn_ = 0;
    queue_totals totals_;
};

}  // namespace callstream::sim
