// What a simulated Asterisk knows of a channel, a bridge and a CDR, and the headers it writes for a
// channel and a bridge: in its order, with a prefix where an event names several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/sim_event.h"

namespace callstream::sim {

struct party {
    std::string number;
    std::string name;
};

enum class channel_state : std::uint8_t { down = 0, ring = 4, ringing = 5, up = 6, busy = 7 };
enum class device_use : std::uint8_t { idle, ringing, in_use, on_hold, busy };

struct location {
    std::string context;
    std::string exten;
    unsigned priority = 1;
};

struct bridge;

struct channel {
    std::string name;    // PJSIP/101-0000002a
    std::string device;  // PJSIP/101
    channel_state state = channel_state::down;
    party caller;
    party connected;
    std::string account;
    location at;
    std::string uniqueid;
    std::string linkedid;
    std::string application;
    std::string application_data;
    std::string sip_call_id;
    timestamp created{};
    bridge* joined = nullptr;
    device_use use = device_use::idle;
    bool holds = false;  // its other party
};

enum class bridge_kind : std::uint8_t { basic, conference, parking };

struct bridge {
    std::string uniqueid;
    bridge_kind kind = bridge_kind::basic;
    std::vector<channel*> members;
};

struct channel_spec {
    std::string device;
    channel_state state = channel_state::down;
    party caller;
    location at;
    std::string account;
    std::string linkedid;  // empty: the channel begins a call
    std::string name{};    // the next two empty: made up
    std::string uniqueid{};
};

// One row of Asterisk's call detail records: values of their own, for it outlives its channels.
struct cdr_row {
    party caller;
    location destination;
    std::string channel;
    std::string destination_channel;
    std::string application;
    std::string application_data;
    timestamp start{};
    std::optional<timestamp> answer;
    timestamp end{};
    std::string disposition;
    std::string uniqueid;
    std::string sip_call_id;
};

std::string_view state_text(channel_state state);
std::string_view cause_text(int cause);

void add_channel(event_text& text, const channel& shown, std::string_view prefix = "");
void add_bridge(event_text& text, const bridge& shown, std::string_view prefix = "");

}  // namespace callstream::sim
