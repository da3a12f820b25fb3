// Recordings by MixMonitor: recording.* events.
//
// Asterisk says when a recording begins, and names its file in a channel variable before; that it
// ends with its channel it does not say, so that is inferred and told as synthetic.
//
// Threads: the PBX's home loop.
#pragma once

#include <string>

#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

class ami_recording_events {
public:
    ami_recording_events(const call_tracker& calls, const family_output& output)
        : calls_(calls), output_(output) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    bool on_variable(const ami_message& message);
    bool start(const moment& when, leg_record& leg);
    bool stop(const moment& when, leg_record& leg);
    void publish(event_type type, const moment& when, const leg_record& leg);

    const call_tracker& calls_;
    family_output output_;
    std::string scratch_;
};

}  // namespace callstream::parsers
