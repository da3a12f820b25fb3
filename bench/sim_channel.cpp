#include "bench/sim_channel.h"

namespace callstream::sim {

std::string_view state_text(channel_state state) {
    switch (state) {
        case channel_state::down:
            return "Down";
        case channel_state::ring:
            return "Ring";
        case channel_state::ringing:
            return "Ringing";
        case channel_state::up:
            return "Up";
        case channel_state::busy:
            return "Busy";
    }
    return "";
}

std::string_view cause_text(int cause) {
    switch (cause) {
        case 16:
            return "Normal Clearing";
        case 17:
            return "User busy";
        case 19:
            return "User alerting, no answer";
        case 26:
            return "Answered elsewhere";
        case 34:
            return "Circuit/channel congestion";
        case 127:
            return "Interworking, unspecified";
        default:
            return "Unknown";
    }
}

void add_channel(event_text& text, const channel& shown, std::string_view prefix) {
    text.add(prefix, "Channel", shown.name)
        .add(prefix, "ChannelState", std::to_string(static_cast<unsigned>(shown.state)))
        .add(prefix, "ChannelStateDesc", state_text(shown.state))
        .add(prefix, "CallerIDNum", or_unknown(shown.caller.number))
        .add(prefix, "CallerIDName", or_unknown(shown.caller.name))
        .add(prefix, "ConnectedLineNum", or_unknown(shown.connected.number))
        .add(prefix, "ConnectedLineName", or_unknown(shown.connected.name))
        .add(prefix, "Language", "en")
        .add(prefix, "AccountCode", shown.account)
        .add(prefix, "Context", shown.at.context)
        .add(prefix, "Exten", shown.at.exten)
        .add(prefix, "Priority", std::to_string(shown.at.priority))
        .add(prefix, "Uniqueid", shown.uniqueid)
        .add(prefix, "Linkedid", shown.linkedid);
}

void add_bridge(event_text& text, const bridge& shown, std::string_view prefix) {
    text.add(prefix, "BridgeUniqueid", shown.uniqueid)
        .add(prefix, "BridgeType", "basic")
        .add(prefix, "BridgeTechnology", "simple_bridge")
        .add(prefix, "BridgeCreator", "<unknown>")
        .add(prefix, "BridgeName", "<unknown>")
        .add(prefix, "BridgeNumChannels", std::to_string(shown.members.size()))
        .add(prefix, "BridgeVideoSourceMode", "none");
}

}  // namespace callstream::sim
