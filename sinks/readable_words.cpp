#include "sinks/readable_words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace callstream::sinks {

namespace {

constexpr std::size_t text_size_max = 80;
constexpr std::size_t header_count_max = 3;  // of a vendor's event

// Phrases of one line; a phrase whose text is empty is left out.
class phrases {
public:
    phrases& add(std::string_view text) { return add({}, text); }
    phrases& add(std::string_view before, std::string_view text, std::string_view after = {}) {
        if (text.empty()) return *this;
        if (!line_.empty()) line_ += "   ";
        line_.append(before).append(text).append(after);
        return *this;
    }
    std::string take() { return std::move(line_); }

private:
    std::string line_;
};

bool is_control(unsigned char byte) noexcept {
    return byte < ' ' || byte == 0x7F;
}
bool is_tail(char byte) noexcept {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::string shown(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (out.size() >= text_size_max && !is_tail(text[i])) return out + "…";
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F are control characters too, and some terminals obey them.
        const bool is_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (is_c1) ++i;
        out += is_control(byte) || is_c1 ? '?' : text[i];
    }
    return out;
}

std::string shown(json_value value) {
    return shown(value.text());
}

std::string counted(json_value value) {
    const auto number = value.number();
    if (!number || std::abs(*number) > 1e15) return {};
    return std::to_string(static_cast<std::int64_t>(*number));
}

// 4.0 s, 3 min 25 s, 1 h 02 min.
std::string lasted(json_value value) {
    const auto seconds = value.number();
    if (!seconds || *seconds < 0 || *seconds > 1e9) return {};
    const auto tenths = static_cast<std::int64_t>(std::llround(*seconds * 10));
    if (tenths < 600) return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10) + " s";
    const std::int64_t whole = (tenths + 5) / 10;
    const bool is_long = whole >= 3600;
    const std::int64_t big = is_long ? whole / 3600 : whole / 60;
    const std::string small = std::to_string(is_long ? whole / 60 % 60 : whole % 60);
    return std::to_string(big) + (is_long ? " h " : " min ") + (small.size() < 2 ? "0" : "") +
           small + (is_long ? " min" : " s");
}

// The part of an id by which a person tells calls apart.
std::string short_id(std::string_view id) {
    constexpr std::size_t size_max = 6;
    if (id.empty()) return {};
    const std::size_t point = id.rfind('.');
    if (point != std::string_view::npos && point + 1 < id.size()) id.remove_prefix(point + 1);
    if (id.size() > size_max) id.remove_prefix(id.size() - size_max);
    while (id.size() > 1 && is_tail(id[0]))
        id.remove_prefix(1);
    return '#' + shown(id);
}

std::string who(json_value party) {
    const std::string number = shown(party["number"]);
    const std::string name = shown(party["name"]);
    std::string out = number;
    if (!name.empty() && name != number) {
        if (!out.empty()) out += ' ';
        out += '"' + name + '"';
    }
    return out.empty() ? shown(party["device"]) : out;
}

std::string who_and_device(json_value party) {
    std::string out = who(party);
    const std::string device = shown(party["device"]);
    if (device.empty() || device == out) return out;
    return out.empty() ? device : out + ' ' + device;
}

std::string pair(std::string_view from, std::string_view to) {
    if (to.empty()) return std::string(from);
    return std::string(from.empty() ? "unknown" : from).append(" -> ").append(to);
}

std::string cause_of(json_value data) {
    const std::string said = shown(data["cause"]["text"]);
    return said.empty() ? counted(data["cause"]["q850"]) : said;
}

std::string words_of_direction(json_value data) {
    const std::string trunk = shown(data["trunk"]);
    std::string out = shown(data["direction"]);
    if (!trunk.empty()) out += (out.empty() ? "via " : " via ") + trunk;
    return out;
}

// [[name, value], ...] as "name value" phrases.
void add_pairs(phrases& line, json_value list) {
    // What stands in every message, and the channel snapshot that Asterisk repeats in most.
    constexpr std::array skipped{"Event",
                                 "Privilege",
                                 "Timestamp",
                                 "SequenceNumber",
                                 "SystemName",
                                 "ChannelState",
                                 "ChannelStateDesc",
                                 "CallerIDNum",
                                 "CallerIDName",
                                 "Language",
                                 "ConnectedLineNum",
                                 "ConnectedLineName",
                                 "AccountCode",
                                 "Context",
                                 "Exten",
                                 "Priority",
                                 "Uniqueid",
                                 "Linkedid",
                                 "ChanVariable"};
    std::size_t count = 0;
    for (std::size_t i = 0; i < list.size() && count < header_count_max; ++i) {
        const std::string_view name = list[i][0].text();
        if (std::find(skipped.begin(), skipped.end(), name) != skipped.end()) continue;
        if (list[i][1].text().empty()) continue;
        line.add(shown(name) + ' ', shown(list[i][1]));
        ++count;
    }
}

using enum event_type;

void say_parked(phrases& line, event_type type, json_value data) {
    if (type == call_parked) {
        line.add("in ", shown(data["space"])).add("by ", shown(data["parker"]));
        line.add("comes back after ", lasted(data["timeout_seconds"]));
        return;
    }
    const std::string_view reason = data["reason"].text();
    line.add(reason == "timeout"   ? "nobody fetched it"
             : reason == "gave-up" ? "caller gave up"
                                   : "")
        .add("fetched by ", who_and_device(data["retriever"]))
        .add("after ", lasted(data["parked_seconds"]));
}

void say_diverted(phrases& line, json_value data) {
    const bool pickup = data["kind"].text() == "pickup";
    line.add(pickup ? "picked up by " : "forwarded to ", who_and_device(data["target"]))
        .add("from ", who(data["diverting"]));
}

std::string say_call(event_type type, json_value data) {
    phrases line;
    switch (type) {
        case call_initiated:
            line.add(words_of_direction(data));
            break;
        case call_ringing:
            line.add("queue ", shown(data["queue"]));
            break;
        case call_answered:
            line.add("by ", who_and_device(data["answering"]))
                .add("after ", lasted(data["ring_seconds"]));
            break;
        case call_transferred:
            line.add(shown(data["kind"]))
                .add("by ", who_and_device(data["transferrer"]))
                .add("to ", who_and_device(data["target"]));
            break;
        case call_diverted:
            say_diverted(line, data);
            break;
        case call_parked:
        case call_unparked:
            say_parked(line, type, data);
            break;
        case call_merged:
            line.add("takes over ", short_id(data["merged_call_id"].text()));
            break;
        case call_dtmf:
            line.add("key ", shown(data["digit"]))
                .add(data["dtmf_direction"].text() == "sent" ? "sent" : "");
            break;
        case call_music_started:
        case call_music_stopped:
            line.add("music ", shown(data["music_class"]));
            break;
        case call_failed:
        case call_ended:
            line.add(shown(data["disposition"]))
                .add("talked ", lasted(data["talk_seconds"]))
                .add("rang ", lasted(data["ring_seconds"]))
                .add(cause_of(data));
            break;
        default:
            line.add("with ", who_and_device(data["answering"]));
            break;
    }
    return line.take();
}

std::string say_leg(event_type type, json_value data) {
    phrases line;
    line.add(who(data["leg"]));
    if (type == leg_bridged || type == leg_unbridged)
        line.add("bridge ", short_id(data["bridge_id"].text()));
    if (type == leg_ended) line.add(cause_of(data));
    return line.take();
}

std::string say_queue(event_type type, json_value data) {
    phrases line;
    if (type == queue_caller_joined) {
        line.add("place ", counted(data["position"]));
        line.add({}, counted(data["waiting"]), " waiting");
    } else {
        line.add(type == queue_caller_abandoned ? "gave up after " : "waited ",
                 lasted(data["wait_seconds"]));
        line.add({}, counted(data["waiting"]), " still waiting");
    }
    return line.take();
}

std::string say_agent(event_type type, json_value data) {
    phrases line;
    line.add("queue ", shown(data["queue"]));
    if (type == agent_called) line.add("rings");
    line.add(type == agent_connected ? "caller waited " : "", lasted(data["wait_seconds"]))
        .add("rang ", lasted(data["ring_seconds"]))
        .add("talked ", lasted(data["talk_seconds"]))
        .add(shown(data["state"]))
        .add(shown(data["reason"]));
    return line.take();
}

std::string agent_parties(json_value data) {
    std::string agent = shown(data["agent"]);
    const std::string device = shown(data["device"]);
    if (!device.empty() && device != agent) agent += agent.empty() ? device : ' ' + device;
    const std::string caller = who(data["caller"]);
    return caller.empty() ? agent : pair(caller, agent);
}

std::string say_conference(json_value data) {
    phrases line;
    line.add(data["admin"].boolean().value_or(false) ? "admin" : "")
        .add({}, counted(data["member_count"]), " in the room");
    if (const auto talking = data["talking"].boolean()) line.add(*talking ? "talks" : "is silent");
    return line.take();
}

std::string say_cdr(json_value data) {
    phrases line;
    line.add(shown(data["disposition"]))
        .add("talked ", lasted(data["billable_seconds"]))
        .add("in all ", lasted(data["duration_seconds"]))
        .add(shown(data["direction"]))
        .add(shown(data["recording"]));
    return line.take();
}

std::string say_source(json_value data) {
    phrases line;
    line.add(shown(data["version"])).add(shown(data["reason"]));
    if (data["from"] && data["to"])
        line.add("not seen from ", shown(data["from"]), " to " + shown(data["to"]));
    line.add({}, counted(data["missing_count"]), " events missing");
    return line.take();
}

std::string say_vendor(json_value data) {
    phrases line;
    line.add(data["verified"].boolean().value_or(true) ? "" : "not verified");
    add_pairs(line, data["headers"]);
    return line.take();
}

std::string say_fact(event_type type, json_value data) {
    phrases line;
    switch (type) {
        case recording_started:
        case recording_stopped:
        case recording_available:
            line.add(shown(data["format"])).add(shown(data["path"]));
            break;
        case device_state_changed:
        case device_registration_changed:
            line.add(shown(data["state"])).add("from ", shown(data["address"]));
            break;
        case trunk_status_changed:
            line.add(shown(data["status"])).add(shown(data["address"]));
            break;
        case prompt_ended:
        case survey_completed:
            line.add("answer ", shown(data["answer"]));
            break;
        case originate_completed:
            line.add(shown(data["result"])).add(shown(data["reason_text"]));
            break;
        case mailbox_changed:
            line.add(data["waiting"].boolean().value_or(false) ? "messages wait"
                                                               : "no new messages");
            break;
        default:
            line.add(shown(data["operation"])).add(shown(data["status"]));
            add_pairs(line, data["values"]);
            break;
    }
    line.add(shown(data["reason"]));
    return line.take();
}

// The name of what an event is about that has no parties.
std::string subject_of(json_value data) {
    for (const char* name :
         {"file", "conference", "device", "trunk", "name", "component", "mailbox", "channel"})
        if (std::string text = shown(data[name]); !text.empty()) return text;
    return {};
}

}  // namespace

readable_words words_of(event_type type, json_value data) {
    const std::string call = short_id(data["call_id"].text());
    const std::string_view family = info_of(type).family();
    if (family == "call")
        return {call, pair(who(data["calling"]), who(data["called"])), say_call(type, data)};
    if (family == "leg") {
        std::string channel = shown(data["channel"]);
        if (channel.empty()) channel = pair(who(data["calling"]), who(data["called"]));
        return {call, channel, say_leg(type, data)};
    }
    if (family == "queue")
        return {call, pair(who(data["caller"]), shown(data["queue"])), say_queue(type, data)};
    if (family == "agent") return {call, agent_parties(data), say_agent(type, data)};
    if (family == "conference")
        return {call, pair(who_and_device(data["member"]), shown(data["conference"])),
                say_conference(data)};
    if (family == "cdr")
        return {call, pair(who(data["calling"]), who(data["called"])), say_cdr(data)};
    if (family == "source") {
        phrases where;
        where.add(shown(data["transport"])).add(shown(data["address"]));
        return {call, where.take(), say_source(data)};
    }
    if (type == vendor_event) return {call, shown(data["vendor"]["event"]), say_vendor(data)};
    return {call, subject_of(data), say_fact(type, data)};
}

}  // namespace callstream::sinks
