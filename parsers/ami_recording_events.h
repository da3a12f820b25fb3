// Recordings: recording.* events.
//
// Asterisk says when a recording begins, and names its file in a channel variable before; that it
// ends with its channel it does not say, so that is inferred and told as synthetic. Appliances name
// the file in AutoMixMonitorEnd and again in the Cdr. Whoever names it first, recording.available
// goes out once for each file of a call; where rows tell of files (`files_by_rows`), never.
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
    ami_recording_events(const call_tracker& calls, bool files_by_rows, const family_output& output)
        : calls_(calls), files_by_rows_(files_by_rows), output_(output) {}

    // Whether what the message says went out in typed events.
    bool translate(const ami_message& message, const moment& when);

    // After the Cdr itself was told: its file, unless that is known already.
    void on_cdr(const ami_message& message, const moment& when);

private:
    bool on_variable(const ami_message& message);
    bool on_monitor(const ami_message& message, const moment& when);
    bool on_conference(event_type type, const ami_message& message, const moment& when);
    bool on_file(const ami_message& message, const moment& when);
    bool start(const moment& when, leg_record& leg);
    bool stop(const moment& when, leg_record& leg);
    bool tell_file(const moment& when, const leg_record& leg, text file);
    void publish(event_type type, const moment& when, const leg_record& leg);
    void publish(event_type type, const moment& when, recording_data& data);

    const call_tracker& calls_;
    const bool files_by_rows_;
    family_output output_;
    std::string scratch_;
};

}  // namespace callstream::parsers
