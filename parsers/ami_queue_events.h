// Queues and their members: queue.* and agent.* events.
//
// Threads: the PBX's home loop.
#pragma once

#include "parsers/ami_channel.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

class ami_queue_events {
public:
    ami_queue_events(call_tracker& calls, const family_output& output)
        : calls_(calls), output_(output) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    bool on_caller(event_type type, const ami_message& message, const moment& when);
    bool on_agent(event_type type, const ami_message& message, const moment& when);
    bool was_sent_away(const ami_message& message) const noexcept;
    leg_record* unlinked_caller(const ami_message& message, const agent_data& data);
    leg_record* unlinked_agent(const ami_message& message, text device);
    void join_agent(event_type type, const ami_message& message, const moment& when,
                    leg_record& caller, agent_data& data);
    bool on_member(event_type type, const ami_message& message, const moment& when);
    bool on_login(event_type type, const ami_message& message, const moment& when);

    call_tracker& calls_;
    family_output output_;
    ami_channel_reader reader_;
};

}  // namespace callstream::parsers
