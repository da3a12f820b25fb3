// AMI events of calls to the call tracker, for Asterisk 12 and later.
//
// Threads: the PBX's home loop.
#pragma once

#include "parsers/ami_channel.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"

namespace callstream::parsers {

// Why a parked call is no longer parked.
unpark_reason unpark_reason_of(ami_event event) noexcept;

class ami_call_events {
public:
    explicit ami_call_events(call_tracker& calls) noexcept : calls_(calls) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    leg_record* see(const ami_message& message, const moment& when, const ami_channel_keys& keys);
    bool on_newstate(const ami_message& message, const moment& when);
    bool on_caller_id(const ami_message& message, const moment& when);
    bool on_local_bridge(const ami_message& message, const moment& when);
    bool on_dial_begin(const ami_message& message, const moment& when);
    bool on_dial_state(const ami_message& message, const moment& when);
    bool on_dial_end(const ami_message& message, const moment& when);
    bool on_forward(const ami_message& message, const moment& when, const leg_record& from);
    bool on_application(const ami_message& message);
    bool on_bridge_enter(const ami_message& message, const moment& when);
    bool on_bridge_leave(const ami_message& message, const moment& when);
    bool on_hold(const ami_message& message, const moment& when);
    bool on_dtmf(const ami_message& message, const moment& when);
    bool on_hangup_request(const ami_message& message);
    bool on_hangup(const ami_message& message, const moment& when);
    bool on_blind_transfer(const ami_message& message, const moment& when);
    bool on_attended_transfer(const ami_message& message, const moment& when);
    bool on_pickup(const ami_message& message, const moment& when);
    bool on_parked(const ami_message& message, const moment& when);
    bool on_unparked(const ami_message& message, const moment& when);

    call_tracker& calls_;
    ami_channel_reader reader_;
};

}  // namespace callstream::parsers
