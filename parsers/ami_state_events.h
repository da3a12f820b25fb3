// Devices, trunks and the PBX itself: device.*, trunk.* and system.* events.
//
// Threads: the PBX's home loop.
#pragma once

#include <string>

#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

class ami_state_events {
public:
    ami_state_events(call_tracker& calls, const family_output& output)
        : calls_(calls), output_(output) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

private:
    bool on_device(const ami_message& message, const moment& when);
    bool on_extension(const ami_message& message, const moment& when);
    bool on_presence(const ami_message& message, const moment& when);
    bool on_contact(const ami_message& message, const moment& when);
    bool on_peer(const ami_message& message, const moment& when);
    bool on_registry(const ami_message& message, const moment& when);
    bool on_alarm(const ami_message& message, const moment& when);
    bool on_module(const ami_message& message, const moment& when);
    bool on_reload(const ami_message& message, const moment& when);
    bool on_boot(const ami_message& message, const moment& when);
    bool on_shutdown(const ami_message& message, const moment& when);
    bool publish(event_type type, const moment& when, const device_data& data);
    bool publish_registration(const moment& when, const device_data& data);
    text lower(text value);

    call_tracker& calls_;
    family_output output_;
    std::string device_;
    std::string status_;
};

}  // namespace callstream::parsers
