// What a PBX does beside connecting people: originate.*, mailbox.*, user.event, and music on hold.
//
// Threads: the PBX's home loop.
#pragma once

#include "parsers/ami_channel.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

class ami_service_events {
public:
    ami_service_events(call_tracker& calls, const family_output& output)
        : calls_(calls), output_(output) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    bool on_music(event_type type, const ami_message& message, const moment& when);
    bool on_originate(const ami_message& message, const moment& when);
    bool on_mailbox(const ami_message& message, const moment& when);
    bool on_user_event(const ami_message& message, const moment& when);

    call_tracker& calls_;
    family_output output_;
    ami_channel_reader reader_;
};

}  // namespace callstream::parsers
