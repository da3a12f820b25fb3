#include "bench/sim_action.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "bench/sim_action_1.h"

namespace callstream::sim {

namespace {

bool equal_ignoring_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) ==
               std::tolower(static_cast<unsigned char>(b));
    });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

// A list as Asterisk sends it: the reply, one event an item, and the event that ends it. List
// events carry no Privilege; the queue's have their ActionID last.
class list {
public:
    list(const action& asked, std::string_view message)
        : asked_(asked),
          text_(reply(asked, "Success",
                      fmt::format("EventList: start\r\nMessage: {}\r\n", message))) {}

    void item(std::string_view event, std::string_view headers) {
        ++count_;
        text_ += fmt::format("Event: {}\r\n{}{}\r\n", event, action_id(), headers);
    }

    std::string end(std::string_view event, std::string_view headers = "") {
        text_ += fmt::format("Event: {}\r\n{}EventList: Complete\r\nListItems: {}\r\n{}\r\n", event,
                             action_id(), count_, headers);
        return std::move(text_);
    }

private:
    std::string action_id() const {
        const std::string_view id = asked_.find("ActionID");
        return id.empty() ? std::string() : fmt::format("ActionID: {}\r\n", id);
    }

    const action& asked_;
    std::string text_;
    std::size_t count_ = 0;
};

// The headers alone, of what would be an event.
std::string headers_of(const channel& shown) {
    event_text text;
    add_channel(text, shown);
    return text.text();
}

std::string headers_of(const bridge& shown) {
    event_text text;
    add_bridge(text, shown);
    return text.text();
}

std::string list_channels(const action& asked, const office& shown, timestamp now) {
    list answered(asked, "Channels will follow");
    for (const auto& [id, one] : shown.exchange.channels()) {
        const auto age = std::chrono::floor<std::chrono::seconds>(now - one->created).count();
        answered.item("CoreShowChannel",
                      fmt::format("{}Application: {}\r\nApplicationData: {}\r\n"
                                  "Duration: {:02}:{:02}:{:02}\r\nBridgeId: {}\r\n",
                                  headers_of(*one), one->application, one->application_data,
                                  age / 3600, age / 60 % 60, age % 60,
                                  one->joined != nullptr ? one->joined->uniqueid : std::string()));
    }
    return answered.end("CoreShowChannelsComplete");
}

std::string list_bridges(const action& asked, const office& shown) {
    list answered(asked, "Bridge listing will follow");
    for (const auto& [id, one] : shown.exchange.bridges())
        answered.item("BridgeListItem", headers_of(*one));
    return answered.end("BridgeListComplete");
}

std::string show_bridge(const action& asked, const office& shown) {
    const bridge* found = nullptr;
    for (const auto& [id, one] : shown.exchange.bridges())
        if (id == asked.find("BridgeUniqueid")) found = one.get();
    if (found == nullptr) return error_reply(asked, "Bridge not found");
    list answered(asked, "Bridge channel listing will follow");
    for (const channel* member : found->members)
        answered.item("BridgeInfoChannel", headers_of(*member));
    return answered.end("BridgeInfoComplete", headers_of(*found));
}

std::string list_devices(const action& asked, const office& shown) {
    list answered(asked, "Device State Changes will follow");
    for (const auto& [device, state] : shown.exchange.device_states())
        answered.item("DeviceStateChange",
                      fmt::format("Device: {}\r\nState: {}\r\n", device, state));
    return answered.end("DeviceStateListComplete");
}

std::string list_extensions(const action& asked, const office& shown) {
    list answered(asked, "Extension Statuses will follow");
    for (const auto& [device, headers] : shown.exchange.extension_states())
        answered.item("ExtensionStatus", headers);
    return answered.end("ExtensionStateListComplete");
}

std::string list_queue(const action& asked, const office& shown, timestamp now) {
    list answered(asked, "Queue status will follow");
    const call_queue& queue = shown.support;
    answered.item("QueueParams",
                  fmt::format("Queue: {}\r\nMax: 0\r\nStrategy: rrmemory\r\nCalls: {}\r\n"
                              "Holdtime: 0\r\nTalkTime: 0\r\nCompleted: {}\r\n"
                              "Abandoned: {}\r\nServiceLevel: 20\r\nServicelevelPerf: 0.0\r\n"
                              "ServicelevelPerf2: 0.0\r\nWeight: 0\r\n",
                              queue.name(), queue.waiting().size(), queue.totals().completed,
                              queue.totals().abandoned));
    for (const queue_member& member : queue.members()) {
        if (!member.logged_on) continue;
        answered.item("QueueMember",
                      fmt::format("Queue: {0}\r\nName: {1}\r\nLocation: PJSIP/{2}\r\n"
                                  "StateInterface: PJSIP/{2}\r\nMembership: static\r\n"
                                  "Penalty: 0\r\nCallsTaken: {3}\r\nInCall: {4}\r\n"
                                  "Status: {5}\r\nPaused: {6}\r\nPausedReason: {7}\r\n",
                                  queue.name(), member.name, member.extension, member.calls_taken,
                                  member.in_call ? 1 : 0, member.status, member.paused ? 1 : 0,
                                  member.paused ? "Break" : ""));
    }
    std::size_t position = 0;
    for (const channel* caller : queue.waiting())
        answered.item(
            "QueueEntry",
            fmt::format("Queue: {}\r\nPosition: {}\r\nChannel: {}\r\nUniqueid: {}\r\n"
                        "CallerIDNum: {}\r\nCallerIDName: {}\r\nConnectedLineNum: unknown\r\n"
                        "ConnectedLineName: unknown\r\nWait: {}\r\nPriority: 0\r\n",
                        queue.name(), ++position, caller->name, caller->uniqueid,
                        caller->caller.number, caller->caller.name,
                        std::chrono::floor<std::chrono::seconds>(now - caller->created).count()));
    return answered.end("QueueStatusComplete");
}

std::string list_rooms(const action& asked, const office& shown) {
    const auto& open = shown.rooms.open();
    if (open.empty()) return error_reply(asked, "No active conferences.");
    list answered(asked, "Confbridge conferences will follow");
    for (const auto& [room, talk] : open)
        answered.item("ConfbridgeListRooms",
                      fmt::format("Conference: {}\r\nParties: {}\r\nMarked: 0\r\nLocked: No\r\n"
                                  "Muted: No\r\n",
                                  room, talk->members.size()));
    return answered.end("ConfbridgeListRoomsComplete");
}

std::string list_parties(const action& asked, const office& shown) {
    const auto found = shown.rooms.open().find(std::string(asked.find("Conference")));
    if (found == shown.rooms.open().end())
        return error_reply(asked, "No Conference by that name found.");
    list answered(asked, "Confbridge user list will follow");
    for (const channel* party : found->second->members)
        answered.item("ConfbridgeList",
                      fmt::format("Conference: {}\r\nAdmin: No\r\nMarkedUser: No\r\nMuted: No\r\n"
                                  "Talking: No\r\nAnsweredTime: 1\r\n{}",
                                  found->first, headers_of(*party)));
    return answered.end("ConfbridgeListComplete");
}

std::string list_parked(const action& asked, const office& shown, timestamp now) {
    list answered(asked, "Parked calls will follow");
    const auto& spaces = shown.parking.spaces();
    for (const parking_lot::space& one : spaces) {
        event_text text;
        add_parked(text, one, now);
        answered.item("ParkedCall", text.text());
    }
    return answered.end("ParkedCallsComplete", fmt::format("Total: {}\r\n", spaces.size()));
}

std::string core_settings(const action& asked, bool version_1) {
    return reply(
        asked, "Success",
        std::string(version_1 ? "AMIversion: 1.1\r\nAsteriskVersion: 1.8.32.3\r\n"
                              : "AMIversion: 12.0.0\r\nAsteriskVersion: 23.4.1\r\n") +
            "SystemName: \r\n"
            "CoreMaxCalls: 0\r\nCoreMaxLoadAvg: 0.000000\r\nCoreRunUser: root\r\n"
            "CoreRunGroup: \r\nCoreMaxFilehandles: 0\r\nCoreRealTimeEnabled: No\r\n"
            "CoreCDRenabled: Yes\r\nCoreHTTPenabled: Yes\r\nSoundsSearchCustomDir: No\r\n");
}

// What its user may ask, in Asterisk's words.
std::string list_commands(const action& asked, bool version_1) {
    constexpr std::string_view of_all =
        "Ping: Keepalive command.  (Priv: <none>)\r\n"
        "QueueStatus: Show queue status.  (Priv: <none>)\r\n"
        "CoreSettings: Show PBX core settings (version etc).  (Priv: system,reporting,all)\r\n"
        "CoreStatus: Show PBX core status variables.  (Priv: system,reporting,all)\r\n";
    constexpr std::string_view of_old =
        "Status: List channel status.  (Priv: system,call,reporting,all)\r\n"
        "SIPpeers: List SIP peers (text format).  (Priv: system,reporting,all)\r\n";
    constexpr std::string_view of_new =
        "BridgeList: Get a list of bridges in the system.  (Priv: <none>)\r\n"
        "ConfbridgeListRooms: List active conferences.  (Priv: reporting,all)\r\n"
        "CoreShowChannels: List currently active channels.  (Priv: system,reporting,all)\r\n";
    return reply(asked, "Success", fmt::format("{}{}", of_all, version_1 ? of_old : of_new));
}

std::string core_status(const action& asked, const office& shown) {
    const std::string boot = calendar_time(shown.booted);
    const std::string_view date = std::string_view(boot).substr(0, 10);
    const std::string_view time = std::string_view(boot).substr(11);
    return reply(asked, "Success",
                 fmt::format("CoreStartupDate: {0}\r\nCoreStartupTime: {1}\r\n"
                             "CoreReloadDate: {0}\r\nCoreReloadTime: {1}\r\n"
                             "CoreCurrentCalls: {2}\r\nCoreProcessedCalls: 0\r\n",
                             date, time, shown.exchange.channels().size()));
}

struct empty_list {
    std::string_view action;
    std::string_view message;
    std::string_view end;
    std::string_view headers;
};

constexpr std::array<empty_list, 6> empty_lists{{
    {"PresenceStateList", "Presence State Changes will follow", "PresenceStateListComplete", ""},
    {"Parkinglots", "Parking lots will follow", "ParkinglotsComplete", ""},
    {"PJSIPShowContacts", "A listing of Contacts follows, presented as ContactList events",
     "ContactListComplete", ""},
    {"PJSIPShowEndpoints", "A listing of Endpoints follows, presented as EndpointList events",
     "EndpointListComplete", ""},
    {"QueueSummary", "Queue summary will follow", "QueueSummaryComplete", ""},
    {"Agents", "Agents will follow", "AgentsComplete", ""},
}};

}  // namespace

action action::parse(std::string_view text) {
    action parsed;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        parsed.headers_.emplace_back(trimmed(line.substr(0, colon)),
                                     trimmed(line.substr(colon + 1)));
    }
    return parsed;
}

std::string_view action::find(std::string_view key) const {
    for (const auto& [name, value] : headers_)
        if (equal_ignoring_case(name, key)) return value;
    return {};
}

bool action::is(std::string_view name) const {
    return equal_ignoring_case(this->name(), name);
}

std::string reply(const action& asked, std::string_view response, std::string_view rest) {
    const std::string_view id = asked.find("ActionID");
    return id.empty() ? fmt::format("Response: {}\r\n{}\r\n", response, rest)
                      : fmt::format("Response: {}\r\nActionID: {}\r\n{}\r\n", response, id, rest);
}

std::string error_reply(const action& asked, std::string_view message) {
    return reply(asked, "Error", fmt::format("Message: {}\r\n", message));
}

std::optional<std::string> answer(const action& asked, const shown_pbx& behind) {
    const office* const shown = behind.place;
    const timestamp now = behind.now;
    if (asked.is("Ping"))
        return reply(asked, "Success",
                     fmt::format("Ping: Pong\r\nTimestamp: {}\r\n", epoch_seconds(now)));
    if (asked.is("CoreSettings")) return core_settings(asked, behind.voice != nullptr);
    if (asked.is("ListCommands")) return list_commands(asked, behind.voice != nullptr);
    if (shown == nullptr) return std::nullopt;  // a replay knows no more than was recorded
    if (asked.is("CoreStatus")) return core_status(asked, *shown);
    if (behind.voice != nullptr) return answer_version_1(asked, *shown, *behind.voice, now);
    if (asked.is("CoreShowChannels")) return list_channels(asked, *shown, now);
    if (asked.is("BridgeList")) return list_bridges(asked, *shown);
    if (asked.is("BridgeInfo")) return show_bridge(asked, *shown);
    if (asked.is("ConfbridgeListRooms")) return list_rooms(asked, *shown);
    if (asked.is("ConfbridgeList")) return list_parties(asked, *shown);
    if (asked.is("ParkedCalls")) return list_parked(asked, *shown, now);
    if (asked.is("DeviceStateList")) return list_devices(asked, *shown);
    if (asked.is("ExtensionStateList")) return list_extensions(asked, *shown);
    if (asked.is("QueueStatus")) return list_queue(asked, *shown, now);
    for (const empty_list& known : empty_lists)
        if (asked.is(known.action)) return list(asked, known.message).end(known.end, known.headers);
    return std::nullopt;
}

std::string md5_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr);
    std::string hex;
    for (unsigned index = 0; index < size; ++index)
        hex += fmt::format("{:02x}", digest[index]);
    return hex;
}

}  // namespace callstream::sim
