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

namespace {

struct bridge_words {
    std::string_view type;
    std::string_view technology;
    std::string_view creator;
};

bridge_words words_of(bridge_kind kind) {
    if (kind == bridge_kind::conference) return {"base", "softmix", "ConfBridge"};
    if (kind == bridge_kind::parking) return {"base", "holding_bridge", "Parking"};
    return {"basic", "simple_bridge", "<unknown>"};
}

}  // namespace

void add_bridge(event_text& text, const bridge& shown, std::string_view prefix) {
    const bridge_words words = words_of(shown.kind);
    text.add(prefix, "BridgeUniqueid", shown.uniqueid)
        .add(prefix, "BridgeType", words.type)
        .add(prefix, "BridgeTechnology", words.technology)
        .add(prefix, "BridgeCreator", words.creator)
        .add(prefix, "BridgeName", "<unknown>")
        .add(prefix, "BridgeNumChannels", std::to_string(shown.members.size()))
        .add(prefix, "BridgeVideoSourceMode", "none");
}

}  // namespace callstream::sim
