// AMI events to typed events: the mapping of Asterisk 12 and later, over the call tracker.
//
// Threads: the PBX's home loop.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/event.h"
#include "parsers/ami_message.h"

namespace callstream::parsers {

// How direction and trunks are told from channel names and contexts. Globs: * and ?.
struct call_rules {
    std::vector<std::string> trunk_channels{"*/trunk*", "DAHDI/*", "Zap/*", "*/*-trunk-*"};
    std::vector<std::string> inbound_contexts{"from-trunk*", "from-pstn*", "from-did*"};
    std::vector<std::string> internal_contexts{"from-internal*"};
};

struct ami_translator_settings {
    std::string family = "asterisk";  // data.vendor.family
    call_rules rules;
};

class ami_translator {
public:
    ami_translator(const ami_translator_settings& settings, event_output& output);
    ~ami_translator();
    ami_translator(const ami_translator&) = delete;
    ami_translator& operator=(const ami_translator&) = delete;

    // `arrived` is when its bytes were read; a Timestamp header is better and wins.
    void on_event(const ami_message& message, timestamp arrived);
    void tick(timestamp now);  // ends what is too old to be true; about once a second

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
