#include "bench/sim_version_1.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace callstream::sim {

struct version_1_voice::event_rule {
    std::string_view heard;
    std::string_view said;
    event_class kind;
    std::string_view headers;
};

namespace {

// Of those events that are only worded differently. Headers in the order of a real Asterisk 1.8:
// NAME, or NAME=NAME_OF_ASTERISK_23, or NAME==VALUE.
// clang-format off
constexpr version_1_voice::event_rule rules[]{
    {"Newstate", "Newstate", event_class::call,
     "Channel ChannelState ChannelStateDesc CallerIDNum CallerIDName ConnectedLineNum "
     "ConnectedLineName Uniqueid"},
    {"NewCallerid", "NewCallerid", event_class::call,
     "Channel CallerIDNum CallerIDName Uniqueid CID-CallingPres"},
    {"Newexten", "Newexten", event_class::dialplan,
     "Channel Context Extension Priority Application AppData Uniqueid"},
    {"Hold", "Hold", event_class::call,
     "Status==On Channel Uniqueid"},
    {"Unhold", "Hold", event_class::call,
     "Status==Off Channel Uniqueid"},
    {"MusicOnHoldStart", "MusicOnHold", event_class::call,
     "State==Start Channel UniqueID=Uniqueid Class"},
    {"MusicOnHoldStop", "MusicOnHold", event_class::call,
     "State==Stop Channel UniqueID=Uniqueid"},
    {"OriginateResponse", "OriginateResponse", event_class::call,
     "ActionID Response Channel Context Exten Reason Uniqueid CallerIDNum CallerIDName"},
    {"BlindTransfer", "Transfer", event_class::call,
     "TransferMethod==SIP TransferType==Blind Channel=TransfererChannel "
     "Uniqueid=TransfererUniqueid SIP-Callid==0@sim TargetChannel=TransfereeChannel "
     "TargetUniqueid=TransfereeUniqueid TransferExten=Extension TransferContext=Context"},
    {"QueueCallerJoin", "Join", event_class::call,
     "Channel CallerIDNum CallerIDName ConnectedLineNum ConnectedLineName Queue Position "
     "Count Uniqueid"},
    {"QueueCallerLeave", "Leave", event_class::call,
     "Channel Queue Count Position Uniqueid"},
    {"QueueCallerAbandon", "QueueCallerAbandon", event_class::agent,
     "Queue Uniqueid Position OriginalPosition HoldTime"},
    {"AgentCalled", "AgentCalled", event_class::agent,
     "Queue AgentCalled=Interface AgentName=MemberName ChannelCalling=Channel "
     "DestinationChannel=DestChannel CallerIDNum CallerIDName ConnectedLineNum "
     "ConnectedLineName Context Extension=Exten Priority Uniqueid"},
    {"AgentConnect", "AgentConnect", event_class::agent,
     "Queue Uniqueid Channel=DestChannel Member=Interface MemberName Holdtime=HoldTime "
     "BridgedChannel=DestUniqueid Ringtime=RingTime"},
    {"AgentComplete", "AgentComplete", event_class::agent,
     "Queue Uniqueid Channel=DestChannel Member=Interface MemberName HoldTime TalkTime Reason"},
    {"AgentRingNoAnswer", "AgentRingNoAnswer", event_class::agent,
     "Queue Uniqueid Channel Member=Interface MemberName Ringtime=RingTime"},
    {"QueueMemberStatus", "QueueMemberStatus", event_class::agent,
     "Queue Location=Interface MemberName Membership Penalty CallsTaken LastCall Status Paused"},
    {"QueueMemberPause", "QueueMemberPaused", event_class::agent,
     "Queue Location=Interface MemberName Paused Reason=PausedReason"},
    {"QueueMemberAdded", "QueueMemberAdded", event_class::agent,
     "Queue Location=Interface MemberName Membership Penalty CallsTaken LastCall Status Paused"},
    {"QueueMemberRemoved", "QueueMemberRemoved", event_class::agent,
     "Queue Location=Interface MemberName"},
    {"UserEvent", "UserEvent", event_class::user, "UserEvent"},
    {"Reload", "Reload", event_class::system, "Module Status"},
    {"ExtensionStatus", "ExtensionStatus", event_class::call,
     "Exten Context Hint Status"},
    {"FullyBooted", "FullyBooted", event_class::system,
     "Status"},
};
// clang-format on

constexpr std::array<std::string_view, 7> bridge_events{
    "BridgeCreate", "BridgeEnter",     "BridgeLeave",     "BridgeDestroy",
    "Unhold",       "MusicOnHoldStop", "NewConnectedLine"};

// What may belong to a transfer that has not been said yet.
bool may_be_transfer(std::string_view name) {
    return std::find(bridge_events.begin(), bridge_events.end(), name) != bridge_events.end();
}

// Every phone is a SIP one.
std::string as_sip(std::string text) {
    constexpr std::string_view pjsip = "PJSIP/";
    for (auto at = text.find(pjsip); at != std::string::npos; at = text.find(pjsip))
        text.erase(at, 2);
    return text;
}

long long number_of(std::string_view text) {
    long long number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

version_1_voice::version_1_voice(std::uint32_t seed, bool stamped, event_receiver on_event)
    : on_event_(std::move(on_event)), random_(seed), text_(stamped) {}

std::string_view version_1_voice::heard::get(std::string_view key) const {
    for (const auto& line : lines)
        if (line.first == key) return line.second;
    return {};
}

event_text& version_1_voice::begin(std::string_view name, event_class kind, timestamp now) {
    text_.begin(name, kind, now);
    return text_;
}

std::string version_1_voice::shown(std::string_view value) const {
    if (const auto by_id = identities_.find(value); by_id != identities_.end())
        return by_id->second.uniqueid;
    const auto by_name = names_.find(value);
    return as_sip(by_name == names_.end() ? std::string(value)
                                          : identities_.find(by_name->second)->second.name);
}

void version_1_voice::hear(const event_view& told, timestamp now) {
    heard parsed{std::string(told.name), {}, now};
    std::string_view rest = told.text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        rest.remove_prefix(std::min(rest.size(), line.size() + 2));
        const auto colon = line.find(": ");
        if (colon != std::string_view::npos)
            parsed.lines.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    if (may_be_transfer(told.name)) {
        kept_.push_back(std::move(parsed));
    } else if (told.name == "AttendedTransfer") {
        on_attended(parsed);
    } else {
        flush();
        say(parsed);
    }
}

void version_1_voice::flush() {
    for (const heard& each : std::exchange(kept_, {}))
        each.name.starts_with("Bridge") ? move(each, true) : say(each);
}

void version_1_voice::say(const heard& told) {
    if (told.name == "Newchannel") return on_newchannel(told);
    if (told.name == "DialBegin") return on_dial_begin(told);
    if (told.name == "DialEnd") return on_dial_end(told);
    if (told.name == "Hangup") return on_hangup(told);
    if (told.name == "DTMFEnd") return on_digit(told);
    if (told.name == "Cdr") return on_cdr(told);
    if (told.name == "AgentCalled") queue_agents_[std::string(told.get("DestUniqueid"))] = true;
    for (const event_rule& rule : rules)
        if (rule.heard == told.name) return say_as(rule, told);
}

void version_1_voice::say_as(const event_rule& rule, const heard& told) {
    event_text& text = begin(rule.said, rule.kind, told.time);
    std::string_view rest = rule.headers;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        const std::string_view name = word.substr(0, word.find('='));
        const std::string_view from =
            word.size() == name.size() ? name : word.substr(name.size() + 1);
        text.add(name, from.starts_with('=') ? std::string(from.substr(1)) : shown(told.get(from)));
    }
    raise();
}

// A channel is always born without a state; one that calls us shows that in a second event.
void version_1_voice::on_newchannel(const heard& told) {
    const std::string id(told.get("Uniqueid"));
    const std::string name(told.get("Channel"));
    identities_[id] = {id, name};
    names_[name] = id;
    numbers_[id] = told.get("CallerIDNum");
    const bool calls = told.get("ChannelState") == "4";
    begin("Newchannel", event_class::call, told.time)
        .add("Channel", shown(name))
        .add("ChannelState", "0")
        .add("ChannelStateDesc", "Down")
        .add("CallerIDNum", told.get("CallerIDNum"))
        .add("CallerIDName", told.get("CallerIDName"))
        .add("AccountCode", told.get("AccountCode"))
        .add("Exten", calls ? told.get("Exten") : "")
        .add("Context", told.get("Context"))
        .add("Uniqueid", id);
    raise();
    if (!calls) return;
    heard state = told;
    state.name = "Newstate";
    say(state);
}

void version_1_voice::on_dial_begin(const heard& told) {
    if (queue_agents_.count(told.get("DestUniqueid")) > 0) return;  // a queue does not say so
    say_dial_end(std::string(told.get("Uniqueid")), told.time);
    begin("Dial", event_class::call, told.time)
        .add("SubEvent", "Begin")
        .add("Channel", shown(told.get("Channel")))
        .add("Destination", shown(told.get("DestChannel")))
        .add("CallerIDNum", told.get("CallerIDNum"))
        .add("CallerIDName", told.get("CallerIDName"))
        .add("ConnectedLineNum", told.get("ConnectedLineNum"))
        .add("ConnectedLineName", told.get("ConnectedLineName"))
        .add("UniqueID", shown(told.get("Uniqueid")))
        .add("DestUniqueID", shown(told.get("DestUniqueid")))
        .add("Dialstring", shown(told.get("DialString")));
    raise();
}

// 1.8 says how dialling ended only when the conversation is over too.
void version_1_voice::on_dial_end(const heard& told) {
    if (queue_agents_.count(told.get("DestUniqueid")) > 0) return;
    std::string& result = dial_results_[std::string(told.get("Uniqueid"))];
    if (result != "ANSWER") result = told.get("DialStatus");
}

void version_1_voice::say_dial_end(const std::string& uniqueid, timestamp now) {
    const auto result = dial_results_.find(uniqueid);
    if (result == dial_results_.end()) return;
    const auto channel = identities_.find(uniqueid);
    begin("Dial", event_class::call, now)
        .add("SubEvent", "End")
        .add("Channel", shown(channel->second.name))
        .add("UniqueID", channel->second.uniqueid)
        .add("DialStatus", result->second);
    raise();
    dial_results_.erase(result);
}

void version_1_voice::on_hangup(const heard& told) {
    const std::string id(told.get("Uniqueid"));
    say_record(id, told.time);
    say_dial_end(id, told.time);
    event_text& text = begin("Hangup", event_class::call, told.time);
    for (const std::string_view name :
         {"Channel", "Uniqueid", "CallerIDNum", "CallerIDName", "ConnectedLineNum",
          "ConnectedLineName", "Cause", "Cause-txt"})
        text.add(name, shown(told.get(name)));
    raise();
    names_.erase(std::string(told.get("Channel")));
    identities_.erase(id);
    numbers_.erase(id);
    queue_agents_.erase(id);
}

void version_1_voice::on_digit(const heard& told) {
    for (const bool ends : {false, true}) {
        begin("DTMF", event_class::dtmf, told.time)
            .add("Channel", shown(told.get("Channel")))
            .add("Uniqueid", shown(told.get("Uniqueid")))
            .add("Digit", told.get("Digit"))
            .add("Direction", told.get("Direction"))
            .add("Begin", ends ? "No" : "Yes")
            .add("End", ends ? "Yes" : "No");
        raise();
    }
}

// Asterisk 23 writes several for one call: the first says what it was, all together how long.
void version_1_voice::on_cdr(const heard& told) {
    record& one = records_[std::string(told.get("UniqueID"))];
    if (one.row.empty()) one.row = told.lines;
    one.duration += number_of(told.get("Duration"));
    one.billable += number_of(told.get("BillableSeconds"));
    one.answered |= told.get("Disposition") == "ANSWERED";
    for (auto& [name, value] : one.row) {
        if (name == "EndTime") value = told.get(name);
        if (name == "DestinationChannel" && !told.get(name).empty()) value = told.get(name);
        if (name == "AnswerTime" && value.empty()) value = told.get(name);
    }
}

void version_1_voice::say_record(const std::string& uniqueid, timestamp now) {
    const auto found = records_.find(uniqueid);
    if (found == records_.end()) return;
    const record one = std::move(found->second);
    records_.erase(found);
    std::string file;
    if (random_() % 2 == 0) {
        const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
        file = fmt::format("/media/usbStorage/monitor/{0:%Y%m%d}/{0:%Y%m%d-%H%M%S}-{1}.wav",
                           fmt::gmtime(seconds), uniqueid);
        begin("AutoMixMonitorEnd", event_class::call, now)
            .add("Channel", shown(identities_.find(uniqueid)->second.name))
            .add("File Name", file);
        raise();
    }
    event_text& text = begin("Cdr", event_class::cdr, now);
    for (const auto& [name, value] : one.row) {
        if (name == "Event" || name == "Privilege" || name == "Timestamp") continue;
        if (name == "Duration") {
            text.add(name, one.duration);
        } else if (name == "BillableSeconds") {
            text.add(name, one.billable);
        } else if (name == "Disposition" && one.answered) {
            text.add(name, "ANSWERED");
        } else {
            text.add(name, as_sip(value));
        }
    }
    text.add("Recording File Name", file);
    raise();
}

void version_1_voice::say_connected(std::string_view event, const std::string& one,
                                    const std::string& two, timestamp now) {
    event_text& text = begin(event, event_class::call, now);
    if (event == "Bridge") text.add("Bridgestate", "Link").add("Bridgetype", "core");
    const identity& first = identities_[one];
    const identity& second = identities_[two];
    text.add("Channel1", shown(first.name))
        .add("Channel2", shown(second.name))
        .add("Uniqueid1", first.uniqueid)
        .add("Uniqueid2", second.uniqueid)
        .add("CallerID1", numbers_[one])
        .add("CallerID2", numbers_[two]);
    raise();
}

// Keeps who is in which bridge; aloud, it says who was connected with whom and parted.
void version_1_voice::move(const heard& told, bool aloud) {
    const std::string channel(told.get("Uniqueid"));
    std::vector<std::string>& members = bridges_[std::string(told.get("BridgeUniqueid"))];
    if (told.name == "BridgeDestroy") {
        bridges_.erase(std::string(told.get("BridgeUniqueid")));
    } else if (told.name == "BridgeEnter") {
        members.push_back(channel);
        // The caller comes last, and is said first.
        if (aloud && members.size() == 2) say_connected("Bridge", channel, members[0], told.time);
    } else if (told.name == "BridgeLeave") {
        if (aloud && members.size() == 2)
            say_connected("Unlink", members[1], members[0], told.time);
        std::erase(members, channel);
    }
}

void version_1_voice::say_renamed(const identity& channel, std::string_view name, timestamp now) {
    begin("Rename", event_class::call, now)
        .add("Channel", shown(channel.name))
        .add("Newname", shown(name))
        .add("Uniqueid", channel.uniqueid);
    raise();
}

// The caller takes the place of the transferrer's second channel: its name moves, the ids stay.
void version_1_voice::on_attended(const heard& told) {
    for (const heard& each : std::exchange(kept_, {}))
        if (each.name.starts_with("Bridge")) move(each, false);
    const std::string caller(told.get("TransfereeUniqueid"));
    const std::string second(told.get("SecondTransfererUniqueid"));
    identity& clone = identities_[caller];
    identity& original = identities_[second];
    begin("Transfer", event_class::call, told.time)
        .add("TransferMethod", "SIP")
        .add("TransferType", "Attended")
        .add("Channel", shown(told.get("OrigTransfererChannel")))
        .add("Uniqueid", shown(told.get("OrigTransfererUniqueid")))
        .add("SIP-Callid", "0@sim")
        .add("TargetChannel", shown(original.name))
        .add("TargetUniqueid", original.uniqueid);
    raise();
    begin("Masquerade", event_class::call, told.time)
        .add("Clone", shown(clone.name))
        .add("CloneState", "Up")
        .add("Original", shown(original.name))
        .add("OriginalState", "Up");
    raise();
    const std::string name = clone.name;
    const std::string zombie = original.name + "<ZOMBIE>";
    say_renamed(clone, name + "<MASQ>", told.time);
    say_renamed(original, name, told.time);
    say_renamed({clone.uniqueid, name + "<MASQ>"}, zombie, told.time);
    std::swap(clone.uniqueid, original.uniqueid);
    original.name = zombie;
    begin("NewCallerid", event_class::call, told.time)
        .add("Channel", shown(name))
        .add("CallerIDNum", numbers_[caller])
        .add("CallerIDName", told.get("TransfereeCallerIDName"))
        .add("Uniqueid", clone.uniqueid)
        .add("CID-CallingPres", "0 (Presentation Allowed, Not Screened)");
    raise();
}

}  // namespace callstream::sim
