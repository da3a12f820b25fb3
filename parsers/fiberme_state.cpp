#include "parsers/fiberme_state.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

namespace callstream::parsers {
namespace {

constexpr std::array<text, 8> paths{
    "calls", "extension-status", "trunk-info", "trunk-status", "cpu", "mem", "disk", "version"};
constexpr std::array<text, 8> components{"calls", "",       "",        "",
                                         "cpu",   "memory", "storage", "version"};
constexpr std::size_t cpu_count_max = 64;
constexpr std::size_t name_size_max = 400;  // of an extension or a trunk
constexpr std::array<text, 8> cpu_names{"cpu0", "cpu1", "cpu2", "cpu3",
                                        "cpu4", "cpu5", "cpu6", "cpu7"};

constexpr text uptime = "9Uptime";  // which always changes
constexpr std::array<text, 9> version_names{"1model",           "2DeviceName", "3WAN-IP",
                                            "4WAN-Mac",         "5LAN-IP",     "6LAN-Mac",
                                            "7hardwareVersion", "8version",    uptime};
constexpr std::array<text, 6> storage_names{"rcdtotal", "rcdused",   "systotal",
                                            "sysused",  "usbtotall", "usbused"};
// Of the physical memory; what is beside it has its own name in front.
constexpr std::array<text, 4> memory_names{"total", "available", "used", "usedPercent"};
constexpr std::array<text, 1> memory_part{"virtual"};
constexpr std::array<text, 2> call_names{"calls", "maxcalls"};
// What an extension's and a trunk's event has fields for.
constexpr std::array<text, 3> extension_fields{"exten", "addr", "statusText"};
constexpr std::array<text, 3> trunk_fields{"name", "server", "status"};

struct named_state {
    text said;
    text state;
    unsigned rank;  // of several endpoints of one extension the highest counts
};
constexpr std::array states{named_state{"Unavailable", "unavailable", 1},
                            named_state{"Unknown", "unknown", 2},
                            named_state{"Idle", "idle", 3},
                            named_state{"Hold", "on-hold", 4},
                            named_state{"Ringing", "ringing", 5},
                            named_state{"InUse", "in-use", 6}};

named_state state_named(text said) {
    for (const named_state& known : states)
        if (known.said == said) return known;
    return {said, said.empty() ? text("unknown") : said, 2};
}

// What is kept to know what has changed must not grow with what is sent.
bool is_name(text said) {
    return !said.empty() && said.size() <= name_size_max;
}

// Takes the part up to the next ':' from the front.
text take_part(text& line) {
    const text part = line.substr(0, line.find(':'));
    line.remove_prefix(std::min(line.size(), part.size() + 1));
    return part;
}

// The same from the back.
text take_last(text& line) {
    const std::size_t colon = line.rfind(':');
    const text part = colon == text::npos ? line : line.substr(colon + 1);
    line = colon == text::npos ? text() : line.substr(0, colon);
    return part;
}

// Signal strength of a GSM or WCDMA trunk, which changes all the time, as the level that is shown.
text level_of(text strength) {
    constexpr std::array<text, 6> levels{"signal level 0", "signal level 1", "signal level 2",
                                         "signal level 3", "signal level 4", "signal level 5"};
    unsigned value = 0;
    const auto end = strength.data() + strength.size();
    const auto read = std::from_chars(strength.data(), end, value);
    if (read.ec != std::errc{} || read.ptr != end) return strength;
    return levels[value == 0   ? 0
                  : value < 10 ? 1
                  : value < 16 ? 2
                  : value < 21 ? 3
                  : value < 26 ? 4
                               : 5];
}

}  // namespace

void fiberme_state::add(text name, text value) {
    if (value.data() == nullptr) value = "";
    state_document::add(name, value, values_);
}

void fiberme_state::add_said(text name, text value) {
    if (!value.empty()) state_document::add(name, value, values_);
}

// The documented ones, also where they are empty, and whatever else there is.
void fiberme_state::add_all(json_value data, std::span<const text> names) {
    for (const text name : names)
        add(name, document_.plain(data[name]));
    document_.add_further(data, names, values_);
}

// Only what stands before `compared_count` is news.
void fiberme_state::tell_values(text component, std::size_t compared_count) {
    joined_.clear();
    for (const header& one : std::span(values_).first(compared_count))
        joined_.append(one.name).append(1, '\x1f').append(one.value).append(1, '\x1e');
    if (values_.empty() || !known_.is_news(component, joined_)) return;
    system_data told;
    told.component = component;
    told.values = values_;
    output_.publish(event_type::system_status, when_, {component, {}, {}}, told);
}

// With the further fields that stand in values_, which change all the time and are no news. A
// status that says nothing is none of a trunk that was told of.
void fiberme_state::tell_trunk(text name, text status, text address) {
    joined_.assign("trunk/").append(name);
    if (status.empty() && known_.knows(joined_)) return;
    if (!known_.is_news(joined_, status)) return;
    trunk_data told;
    told.trunk = name;
    if (!status.empty()) told.status = status;
    if (!address.empty()) told.address = address;
    told.variables = values_;
    output_.publish(event_type::trunk_status_changed, when_, {name, {}, {}}, told);
}

// `content` is what else of an extension's state is news: messages, do not disturb, a wake-up call.
void fiberme_state::tell_device(event_type type, const device_data& device, text content) {
    joined_.assign(info_of(type).name).append(1, '/').append(device.device);
    std::string state(device.state);
    state.append(1, '\x1f').append(content);
    if (known_.is_news(joined_, state))
        output_.publish(type, when_, {device.device, {}, {}}, device);
}

void fiberme_state::read_values(fiberme_part part, json_value data) {
    std::optional<std::size_t> compared_count;
    switch (part) {
        case fiberme_part::calls: {
            // The document shows an array, whose inside is that of an object.
            const json_value one = data.size() > 0 ? data[0] : data;
            add_all(one, call_names);
            break;
        }
        case fiberme_part::cpu: {
            for (std::size_t i = 0; i < std::min(data.size(), cpu_count_max); ++i)
                add(i < cpu_names.size() ? cpu_names[i] : "cpu", document_.plain(data[i]));
            break;
        }
        case fiberme_part::memory:
            add_all(data["virtual"], memory_names);
            document_.add_further(data, memory_part, values_);
            break;
        case fiberme_part::storage:
            add_all(data, storage_names);
            break;
        default:
            for (const text name : version_names)
                if (name != uptime) add(name.substr(1), document_.plain(data[name]));
            document_.add_further(data, version_names, values_);
            compared_count = values_.size();
            add(uptime.substr(1), document_.plain(data[uptime]));
    }
    const bool says_something = std::any_of(values_.begin(), values_.end(),
                                            [](const header& one) { return !one.value.empty(); });
    if (says_something)
        tell_values(components[static_cast<std::size_t>(part)],
                    compared_count.value_or(values_.size()));
}

// Of the endpoints of an extension, wherever they stand, the one that is busiest speaks for it.
void fiberme_state::read_extensions(json_value data, state_reading& told) {
    struct extension {
        text name;
        named_state state;
        json_value endpoint;
    };
    std::vector<extension> extensions;
    std::unordered_map<text, std::size_t> places;
    for (std::size_t i = 0; i < data.size(); ++i) {
        const text name = document_.plain(data[i]["exten"]);
        if (!is_name(name)) {
            ++told.rejected;
            continue;
        }
        const extension found{name, state_named(data[i]["statusText"].text()), data[i]};
        const auto [place, is_first] = places.emplace(name, extensions.size());
        if (is_first)
            extensions.push_back(found);
        else if (found.state.rank > extensions[place->second].state.rank)
            extensions[place->second] = found;
    }
    for (const extension& one : extensions)
        tell_extension(one.name, one.state.state, one.state.rank, one.endpoint);
}

void fiberme_state::tell_extension(text extension, text state, unsigned rank, json_value endpoint) {
    device_data device;
    device.device = extension;
    device.state = state;
    if (const text address = endpoint["addr"].text(); !address.empty()) device.address = address;
    values_.clear();
    document_.add_further(endpoint, extension_fields, values_);
    device.variables = values_;
    content_.clear();
    for (const header& one : values_)
        if (one.name.starts_with("content."))
            content_.append(one.name).append(1, '\x1f').append(one.value).append(1, '\x1e');
    tell_device(event_type::device_state_changed, device, content_);
    const bool reachable = rank > 2;
    if (!reachable && rank != 1) return;
    device.state = reachable ? "registered" : "unregistered";
    tell_device(event_type::device_registration_changed, device, {});
}

void fiberme_state::read_trunk_status(json_value data, state_reading& told) {
    for (std::size_t i = 0; i < data.size(); ++i) {
        const text name = data[i]["name"].text();
        const text status = data[i]["status"].text();
        if (!is_name(name)) {
            ++told.rejected;
            continue;
        }
        // Of one without a status trunk-info may say more.
        if (status.empty())
            listed_.forget(name);
        else
            (void)listed_.is_news(name, {});
        values_.clear();
        document_.add_further(data[i], trunk_fields, values_);
        tell_trunk(name, status, data[i]["server"].text());
    }
}

// Serial number, channel, type, status, state of the channel, and what a lamp shows.
bool fiberme_state::read_analog(text line) {
    const text serial = take_part(line);
    const text channel = take_part(line);
    const text type = take_part(line);
    if (!is_name(serial) || channel.empty() || !is_name(type)) return false;
    const text strength = take_part(line);
    const text channel_state = take_part(line);
    const text status = level_of(strength);
    std::string name;
    name.append(type).append("/").append(serial);
    values_.clear();
    add_said("Trunk type", type);
    add_said("Channel", channel);
    if (status != strength) add_said("Signal strength", strength);
    add_said("BLF", line);
    if (!status.empty()) tell_trunk(name, status, {});
    if (channel_state.empty()) return true;
    device_data device;
    device.device = name;
    device.state = state_named(channel_state).state;
    device.variables = values_;
    tell_device(event_type::device_state_changed, device, {});
    return true;
}

// Name, type, address, delay and status; an address may have colons of its own.
bool fiberme_state::read_trunk(text line) {
    const text name = take_part(line);
    const text type = take_part(line);
    const text status = take_last(line);
    const text delay = take_last(line);
    if (!is_name(name) || type.empty()) return false;
    values_.clear();
    add_said("Trunk type", type);
    add_said("Delayed", delay);
    if (!listed_.knows(name)) tell_trunk(name, status, line);
    return true;
}

void fiberme_state::read_trunk_lines(json_value data, state_reading& told) {
    for (const text list : {"analogOut", "digitalOut", "iaxOut", "sipOut"}) {
        text lines = data[list].text();
        while (!lines.empty()) {
            const text line = lines.substr(0, lines.find('\n'));
            lines.remove_prefix(std::min(lines.size(), line.size() + 1));
            if (line.empty()) continue;
            if (!(list == "analogOut" ? read_analog(line) : read_trunk(line))) ++told.rejected;
        }
    }
}

state_reading fiberme_state::read(fiberme_part part, std::string_view body, timestamp at) {
    const auto document = document_.read(body);
    if (!document) return {"the answer is not valid JSON"};
    const json_value code = (*document)["code"];
    if (!code) return {"this is no answer of an FCM5600's API"};
    if (document_.plain(code) != "0") return {"the PBX answered with an error"};
    values_.clear();
    when_ = {at, time_quality::received, paths[static_cast<std::size_t>(part)], false, {}};
    state_reading told;
    const json_value data = (*document)["data"];
    switch (part) {
        case fiberme_part::extensions:
            read_extensions(data, told);
            break;
        case fiberme_part::trunk_info:
            read_trunk_lines(data, told);
            break;
        case fiberme_part::trunk_status:
            read_trunk_status(data, told);
            break;
        default:
            read_values(part, data);
    }
    return told;
}

}  // namespace callstream::parsers
