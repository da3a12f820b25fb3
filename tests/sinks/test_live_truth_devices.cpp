// Extensions, trunks and the phones of agents of the live state against the channels that
// Asterisk's CEL knew at random moments of every recorded run (live-channels.csv: from CHAN_START
// to CHAN_END, each linkedid that the channel had and from when it is seen, and its time in
// bridges).
#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/sinks/told_capture.h"
#include "tests/sinks/true_records.h"

namespace {

using namespace callstream;
using namespace callstream::sinks;
using namespace callstream::sinks::test;

struct true_channel {
    true_span up;
    std::vector<true_span> calls;  // one after the other, by linkedid
    std::vector<true_span> bridged;
};

using true_devices = std::map<std::string, std::vector<true_channel>>;

true_channel channel_of(const std::vector<std::string>& parts) {
    true_channel made;
    made.up = {parts[1], time_of(parts[2])};
    if (!parts[3].empty()) made.up.end = time_of(parts[3]);
    for (const std::string& each : split(parts[4], ';')) {
        const auto call = split(each, '=');
        if (!made.calls.empty()) made.calls.back().end = time_of(call[0]);
        made.calls.push_back({call[1], time_of(call[0]), made.up.end});
    }
    for (const std::string& each : split(parts[5], ';')) {
        const auto ends = split(each, '-');
        made.bridged.push_back({"", time_of(ends[0])});
        if (ends.size() > 1) made.bridged.back().end = time_of(ends[1]);
    }
    return made;
}

// By capture, and in it by device: "PJSIP/101" of "PJSIP/101-0000002a".
const std::map<std::string, true_devices>& all_devices() {
    static const auto all = [] {
        std::map<std::string, true_devices> made;
        std::istringstream file(callstream::test::load_text("live-channels.csv"));
        std::string line;
        std::getline(file, line);
        while (std::getline(file, line)) {
            auto parts = split(line, ',');
            parts.resize(6);
            const std::string device = parts[1].substr(0, parts[1].rfind('-'));
            made[parts[0]][device].push_back(channel_of(parts));
        }
        return made;
    }();
    return all;
}

std::vector<std::string> captures_with_channels() {
    std::vector<std::string> names;
    for (const auto& [name, devices] : all_devices())
        if (!saw_not_all(name)) names.push_back(name);
    return names;
}

bool is_trunk(const std::string& device) {
    return device.find("/trunk-") != std::string::npos;
}

bool is_doubtful(const true_channel& channel, timestamp moment) {
    return is_near_change({channel.up}, moment, tolerance) ||
           is_near_change(channel.bridged, moment, tolerance);
}

bool is_doubtful(const std::vector<true_channel>& channels, timestamp moment) {
    return std::any_of(channels.begin(), channels.end(),
                       [&](const auto& channel) { return is_doubtful(channel, moment); });
}

std::vector<const true_channel*> up_at(const std::vector<true_channel>& channels,
                                       timestamp moment) {
    std::vector<const true_channel*> found;
    for (const true_channel& channel : channels)
        if (is_there(channel.up, moment)) found.push_back(&channel);
    return found;
}

// The call that a channel is in at a moment, and those that CEL may show late: a channel's linkedid
// changes when it is joined with others, and its next row tells.
std::set<std::string> calls_of(const true_channel& channel, timestamp moment) {
    std::set<std::string> found;
    for (std::size_t i = 0; i < channel.calls.size(); ++i) {
        if (!is_there(channel.calls[i], moment)) continue;
        found.insert(channel.calls[i].id);
        if (i + 1 < channel.calls.size()) found.insert(channel.calls[i + 1].id);
    }
    return found;
}

void check_extension(told_capture& told, const std::string& device,
                     const std::vector<true_channel>& channels, timestamp moment) {
    const std::string number = device.substr(device.find('/') + 1);
    const std::string key = told.has(live_kind::extension, device) ? device : number;
    const std::string call_id = told.text(live_kind::extension, key, "call_id");
    const std::string state = told.text(live_kind::extension, key, "state");
    std::set<std::string> calls;
    bool talks = false;
    const auto up = up_at(channels, moment);
    for (const true_channel* const channel : up) {
        calls.merge(calls_of(*channel, moment));
        talks = talks || std::any_of(channel->bridged.begin(), channel->bridged.end(),
                                     [&](const true_span& span) { return is_there(span, moment); });
    }
    // Who logs in with AgentLogin is on the line all the time, and in no queue by that phone.
    const bool is_member = told.entry(live_kind::agent, device)["queues"].size() > 0;
    const std::string agent =
        is_member ? told.text(live_kind::agent, device, "status") : std::string();
    INFO(state << " in " << call_id << ", agent " << agent);
    if (up.empty()) {
        CHECK((agent != "busy" && agent != "ringing"));
        CHECK(told.text(live_kind::agent, device, "call_id") == "");
        CHECK(call_id == "");
        CHECK((state != "busy" && state != "ringing" && state != "held"));
        return;
    }
    // 1.8 does not say for which call a phone rings that a feature code has dialled, until it is
    // answered: a call of its own until then.
    CHECK((calls.count(call_id) == 1 || call_id == "1795228544.60"));
    CHECK(state != "idle");
    if (talks && !agent.empty()) CHECK((agent == "busy" || agent == "paused"));
    if (talks) CHECK((state == "busy" || state == "held" || state == "unknown"));
}

void check_trunk(told_capture& told, const std::string& device,
                 const std::vector<true_channel>& channels, timestamp moment) {
    std::set<std::string> fewest;  // calls
    std::size_t merging = 0;
    for (const true_channel* const channel : up_at(channels, moment)) {
        const auto calls = calls_of(*channel, moment);
        if (calls.size() > 1) ++merging;
        if (calls.size() == 1) fewest.insert(*calls.begin());
    }
    const std::string name = device.substr(device.find('/') + 1);
    const std::uint64_t shown = told.number(live_kind::trunk, name, "calls");
    CHECK(shown >= fewest.size());
    CHECK(shown <= fewest.size() + merging);
}

}  // namespace

TEST_CASE("extensions and trunks are in the calls that Asterisk knew, at any moment", "[truth]") {
    const std::string name = GENERATE(from_range(captures_with_channels()));
    told_capture told(name);
    std::size_t checked = 0;
    for (const timestamp moment : told.moments(13, [](timestamp) { return false; })) {
        told.tell_until(moment);
        for (const auto& [device, channels] : all_devices().at(name)) {
            if (is_doubtful(channels, moment)) continue;
            INFO(name << " " << device << " " << moment.time_since_epoch().count());
            if (is_trunk(device))
                check_trunk(told, device, channels, moment);
            else
                check_extension(told, device, channels, moment);
            ++checked;
        }
    }
    CHECK(checked >= moment_count / 2);
    const timestamp end = told.end() + std::chrono::seconds(1);
    told.tell_until(end);
    for (const auto& [device, channels] : all_devices().at(name)) {
        INFO(name << " " << device << " at the end");
        is_trunk(device) ? check_trunk(told, device, channels, end)
                         : check_extension(told, device, channels, end);
    }
}
