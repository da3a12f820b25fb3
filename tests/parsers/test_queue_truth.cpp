// Queues and agents of the recorded runs, on Asterisk 23, 1.8 and 1.4, against the PBX's queue_log:
// every caller's wait, every agent's ringing and talking, every caller who gave up.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <catch2/catch.hpp>

#include "tests/support/paths.h"
#include "tests/support/replayed_capture.h"

namespace {

using namespace callstream;
using namespace callstream::test;

using row_list = std::vector<std::string>;

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, '|');)
        fields.push_back(field);
    fields.resize(std::max<std::size_t>(fields.size(), 10));
    return fields;
}

std::string joined(std::initializer_list<std::string> words) {
    std::string row;
    for (const std::string& word : words)
        row += (row.empty() ? "" : " | ") + word;
    return row;
}

bool is_of(const std::string& name, const char* version) {
    return name.find(version) != std::string::npos;
}

// A line of the queue_log as row_of() puts the event that it corresponds to; "" if there is none.
std::string row_of(const std::string& line, const std::string& name) {
    const std::vector<std::string> f = fields_of(line);
    const std::string& verb = f[4];
    if (verb == "ENTERQUEUE") return joined({f[1], f[2], "enters", f[6]});
    if (verb == "ABANDON") return joined({f[1], f[2], "abandons", f[5], f[6], f[7]});
    if (verb == "CONNECT") return joined({f[1], f[2], f[3], "connected", f[5], f[6]});
    if (verb == "COMPLETECALLER" || verb == "COMPLETEAGENT")
        return joined({f[1], f[2], f[3], "completed by",
                       verb == "COMPLETEAGENT" ? "agent" : "caller", f[5], f[6]});
    if (verb == "BLINDTRANSFER")
        return joined({f[1], f[2], f[3], "completed by", "transfer", f[7], f[8]});
    // 1.x gives no sign of whether the caller wanted it.
    const bool is_old = is_of(name, ".ast1");
    if (is_old && (verb == "EXITWITHTIMEOUT" || verb == "EXITEMPTY"))
        return joined({f[1], f[2], "abandons", f[5], f[6], f[7]});
    const bool is_said = !is_of(name, ".ast14");  // its AMI has no event for it
    if (verb == "RINGNOANSWER" && is_said) return joined({f[1], f[2], f[3], "rings", f[5]});
    if (verb == "ADDMEMBER") return joined({f[2], f[3], "on"});
    if (verb == "REMOVEMEMBER") return joined({f[2], f[3], "off"});
    if (verb == "PAUSE") return joined({f[2], f[3], "paused", f[5]});
    if (verb == "UNPAUSE") return joined({f[2], f[3], "ready", f[5]});
    return {};
}

std::string whole(const std::optional<duration>& time) {
    if (!time) return "-";
    return std::to_string(std::chrono::floor<std::chrono::seconds>(*time).count());
}

std::string number(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "-";
}

std::string row_of(event_type type, const queue_data& data) {
    const std::string leg(data.leg_id);
    const std::string queue(data.queue);
    if (type == event_type::queue_caller_joined)
        return joined({leg, queue, "enters", std::string(data.caller.number)});
    if (type == event_type::queue_caller_abandoned)
        return joined({leg, queue, "abandons", number(data.position),
                       number(data.original_position), whole(data.wait_seconds)});
    return {};
}

std::string row_of(event_type type, const agent_data& data, const std::string& name) {
    const std::string leg(data.leg_id);
    const std::string queue(data.queue);
    const std::string agent(data.agent);
    const std::string reason(data.reason);
    // 1.x logs members that come and go by their interface.
    const std::string member = is_of(name, ".ast1") ? std::string(data.device) : agent;
    switch (type) {
        case event_type::agent_connected:
            return joined({leg, queue, agent, "connected", whole(data.wait_seconds),
                           std::string(data.agent_leg_id)});
        case event_type::agent_completed:
            return joined({leg, queue, agent, "completed by", reason, whole(data.wait_seconds),
                           whole(data.talk_seconds)});
        case event_type::agent_ring_no_answer:
            return joined(
                {leg, queue, agent, "rings", std::to_string(data.ring_seconds->count() / 1000)});
        case event_type::agent_logged_on:
            return queue.empty() ? "" : joined({queue, member, "on"});
        case event_type::agent_logged_off:
            return queue.empty() ? "" : joined({queue, member, "off"});
        case event_type::agent_not_ready:
            return joined({queue, agent, "paused", reason});
        case event_type::agent_ready:
            return joined({queue, agent, "ready", reason});
        default:
            return {};
    }
}

row_list told_rows(const recorded_events& events, const std::string& name) {
    row_list told;
    for (const event& each : events.all()) {
        std::string row;
        if (const auto* queue = std::get_if<queue_data>(&each.data))
            row = row_of(each.type, *queue);
        if (const auto* agent = std::get_if<agent_data>(&each.data))
            row = row_of(each.type, *agent, name);
        if (!row.empty()) told.push_back(row);
    }
    std::sort(told.begin(), told.end());
    return told;
}

std::ifstream queue_log_of(const std::string& name) {
    return std::ifstream(data_folder() / "asterisk" / (name + ".queue_log"));
}

// 1.4 logs no more than the position of whom the queue sent away: EXITWITHTIMEOUT|1.
std::string completed(const std::string& line, std::map<std::string, long long>& entered) {
    const std::vector<std::string> f = fields_of(line);
    if (f[4] == "ENTERQUEUE") entered[f[1]] = std::stoll(f[0]);
    if (f[4] != "EXITWITHTIMEOUT" || !f[6].empty()) return line;
    return line + '|' + f[5] + '|' + std::to_string(std::stoll(f[0]) - entered[f[1]]);
}

row_list true_rows(const std::string& name, const capture& recorded) {
    std::ifstream file = queue_log_of(name);
    row_list expected;
    std::map<std::string, long long> entered;
    const auto begin = std::chrono::floor<std::chrono::seconds>(recorded.segments.front().arrived);
    for (std::string line; std::getline(file, line);) {
        const bool is_seen = std::stoll(line) >= begin.time_since_epoch().count();
        if (std::string row = row_of(completed(line, entered), name); is_seen && !row.empty())
            expected.push_back(row);
    }
    std::sort(expected.begin(), expected.end());
    return expected;
}

std::vector<std::string> captures_with_queues() {
    std::vector<std::string> names = capture_names();
    names.push_back("m_mixed");
    const auto has_none = [](const std::string& name) { return !queue_log_of(name).good(); };
    names.erase(std::remove_if(names.begin(), names.end(), has_none), names.end());
    return names;
}

std::string only_in(const row_list& some, const row_list& others) {
    row_list missing;
    std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                        std::back_inserter(missing));
    std::string text;
    for (const std::string& row : missing)
        text += row + '\n';
    return text;
}

}  // namespace

TEST_CASE("what the queue_log says of callers and agents is told, and nothing else",
          "[truth][queues]") {
    const std::string name = GENERATE(from_range(captures_with_queues()));
    INFO(name);
    const replayed_capture replayed(name);
    const row_list expected = true_rows(name, replayed.recorded);
    const row_list told = told_rows(replayed.events, name);
    CHECK(only_in(expected, told) == "");
    CHECK(only_in(told, expected) == "");
}
