#include "bench/sim_action_1.h"

#include <array>

#include <fmt/format.h>

namespace callstream::sim {

namespace {

class list {
public:
    list(const action& asked, std::string_view message)
        : id_(asked.find("ActionID")),
          text_(reply(asked, "Success", fmt::format("Message: {}\r\n", message))) {}

    void item(std::string_view event, std::string_view headers) {
        text_ += fmt::format("Event: {}\r\n{}", event, headers);
        if (!id_.empty()) text_ += fmt::format("ActionID: {}\r\n", id_);
        text_ += "\r\n";
        ++count_;
    }
    std::size_t count() const { return count_; }
    std::string end(std::string_view event, std::string_view headers = "") {
        item(event, headers);
        return std::move(text_);
    }

private:
    std::string_view id_;
    std::string text_;
    std::size_t count_ = 0;
};

const channel* connected_with(const channel& one) {
    if (one.joined == nullptr || one.joined->members.size() != 2) return nullptr;
    const auto& members = one.joined->members;
    return members[0] == &one ? members[1] : members[0];
}

// Only a channel that a dialplan runs on says where it is, and how old it is.
std::string dialplan_of(const channel& one, timestamp now) {
    const bool runs_dialplan =
        !one.application.empty() && one.application != "AppDial" && one.application != "AppQueue";
    if (!runs_dialplan)
        return fmt::format("Account: {}\r\nState: {}\r\n", one.account, state_text(one.state));
    return fmt::format(
        "Accountcode: {}\r\nChannelState: {}\r\nChannelStateDesc: {}\r\n"
        "Context: {}\r\nExtension: {}\r\nPriority: {}\r\nSeconds: {}\r\n",
        one.account, static_cast<int>(one.state), state_text(one.state), one.at.context,
        one.at.exten, one.at.priority,
        std::chrono::floor<std::chrono::seconds>(now - one.created).count());
}

std::string list_channels(const action& asked, const office& shown, const version_1_voice& voice,
                          timestamp now) {
    list answered(asked, "Channel status will follow");
    for (const auto& [id, one] : shown.exchange.channels()) {
        const channel* const other = connected_with(*one);
        const std::string bridged =
            other == nullptr ? std::string()
                             : fmt::format("BridgedChannel: {}\r\nBridgedUniqueid: {}\r\n",
                                           voice.shown(other->name), voice.shown(other->uniqueid));
        answered.item("Status",
                      fmt::format("Privilege: Call\r\nChannel: {}\r\nCallerIDNum: {}\r\n"
                                  "CallerIDName: {}\r\nConnectedLineNum: {}\r\n"
                                  "ConnectedLineName: {}\r\n{}{}Uniqueid: {}\r\n",
                                  voice.shown(one->name), one->caller.number, one->caller.name,
                                  one->connected.number, one->connected.name,
                                  dialplan_of(*one, now), bridged, voice.shown(one->uniqueid)));
    }
    return answered.end("StatusComplete", fmt::format("Items: {}\r\n", answered.count()));
}

std::string list_queue(const action& asked, const office& shown, const version_1_voice& voice,
                       timestamp now) {
    list answered(asked, "Queue status will follow");
    const call_queue& queue = shown.support;
    answered.item("QueueParams",
                  fmt::format("Queue: {}\r\nMax: 0\r\nStrategy: rrmemory\r\nCalls: {}\r\n"
                              "Holdtime: 0\r\nTalkTime: 0\r\nCompleted: {}\r\nAbandoned: {}\r\n"
                              "ServiceLevel: 20\r\nServicelevelPerf: 0.0\r\nWeight: 0\r\n",
                              queue.name(), queue.waiting().size(), queue.totals().completed,
                              queue.totals().abandoned));
    for (const queue_member& member : queue.members()) {
        if (!member.logged_on) continue;
        answered.item(
            "QueueMember",
            fmt::format("Queue: {}\r\nName: {}\r\nLocation: SIP/{}\r\nMembership: static\r\n"
                        "Penalty: 0\r\nCallsTaken: {}\r\nLastCall: 0\r\nStatus: {}\r\n"
                        "Paused: {}\r\n",
                        queue.name(), member.name, member.extension, member.calls_taken,
                        member.status, member.paused ? 1 : 0));
    }
    std::size_t position = 0;
    for (const channel* caller : queue.waiting())
        answered.item(
            "QueueEntry",
            fmt::format("Queue: {}\r\nPosition: {}\r\nChannel: {}\r\nUniqueid: {}\r\n"
                        "CallerIDNum: {}\r\nCallerIDName: {}\r\nConnectedLineNum: {}\r\n"
                        "ConnectedLineName: {}\r\nWait: {}\r\n",
                        queue.name(), ++position, voice.shown(caller->name),
                        voice.shown(caller->uniqueid), caller->caller.number, caller->caller.name,
                        caller->connected.number, caller->connected.name,
                        std::chrono::floor<std::chrono::seconds>(now - caller->created).count()));
    return answered.end("QueueStatusComplete");
}

std::string list_peers(const action& asked, const office& shown) {
    list answered(asked, "Peer status list will follow");
    for (const auto& [device, state] : shown.exchange.device_states())
        answered.item("PeerEntry",
                      fmt::format("Channeltype: SIP\r\nObjectName: {}\r\nChanObjectType: peer\r\n"
                                  "IPaddress: 127.0.0.1\r\nIPport: 5060\r\nDynamic: yes\r\n"
                                  "Forcerport: no\r\nVideoSupport: no\r\nTextSupport: no\r\n"
                                  "ACL: no\r\nStatus: OK (1 ms)\r\nRealtimeDevice: no\r\n",
                                  device.substr(device.find('/') + 1)));
    return answered.end("PeerlistComplete",
                        fmt::format("EventList: Complete\r\nListItems: {}\r\n", answered.count()));
}

struct empty_list {
    std::string_view action;
    std::string_view message;
    std::string_view end;
    std::string_view headers;
};

constexpr std::array<empty_list, 3> empty_lists{{
    {"ParkedCalls", "Parked calls will follow", "ParkedCallsComplete", "Total: 0\r\n"},
    {"QueueSummary", "Queue summary will follow", "QueueSummaryComplete", ""},
    {"Agents", "Agents will follow", "AgentsComplete", ""},
}};

}  // namespace

std::optional<std::string> answer_version_1(const action& asked, const office& shown,
                                            const version_1_voice& voice, timestamp now) {
    if (asked.is("Status")) return list_channels(asked, shown, voice, now);
    if (asked.is("QueueStatus")) return list_queue(asked, shown, voice, now);
    if (asked.is("SIPpeers")) return list_peers(asked, shown);
    for (const empty_list& known : empty_lists)
        if (asked.is(known.action)) return list(asked, known.message).end(known.end, known.headers);
    return std::nullopt;
}

}  // namespace callstream::sim
