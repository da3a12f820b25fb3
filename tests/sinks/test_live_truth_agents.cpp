// Agents of the live state against queue_log, at random moments of every recorded run with one.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/sinks/told_capture.h"
#include "tests/sinks/true_records.h"
#include "tests/support/paths.h"

namespace {

using namespace callstream;
using callstream::test::data_folder;
using namespace callstream::sinks;
using namespace callstream::sinks::test;

using spans_by_queue = std::map<std::string, std::vector<true_span>>;

struct true_agent {
    std::vector<true_span> talks;  // by the caller's Uniqueid
    std::vector<true_span> rings;  // in vain
    spans_by_queue memberships;
    spans_by_queue pauses;
};

using true_agents = std::map<std::string, true_agent>;  // by the name in the log

void end_last(std::vector<true_span>& spans, timestamp end) {
    if (!spans.empty() && spans.back().end == timestamp::max()) spans.back().end = end;
}

void take(true_agent& agent, const std::vector<std::string>& parts) {
    const timestamp at = time_of(parts[0]);
    const std::string &call = parts[1], &queue = parts[2], &what = parts[4];
    if (what == "CONNECT") agent.talks.push_back({call, at});
    if (what.starts_with("COMPLETE") || what.find("TRANSFER") != std::string::npos)
        end_last(agent.talks, at);
    if (what == "RINGNOANSWER")
        agent.rings.push_back({call, at - std::chrono::milliseconds(std::stoll(parts[5])), at});
    if (what == "ADDMEMBER") agent.memberships[queue].push_back({queue, at});
    if (what == "REMOVEMEMBER") {
        // Of the configuration, until now.
        auto& spans = agent.memberships[queue];
        if (spans.empty()) spans.push_back({queue, timestamp::max()});
        spans.back().end = at;
    }
    if (what == "PAUSE") agent.pauses[queue].push_back({queue, at});
    const auto paused = agent.pauses.find(queue);
    if (what.find("UNPAUSE") == 0 || what == "REMOVEMEMBER")
        if (paused != agent.pauses.end()) end_last(paused->second, at);
}

true_agents load_agents(const std::string& capture) {
    true_agents agents;
    std::ifstream file(data_folder() / "asterisk" / (capture + ".queue_log"));
    for (std::string line; std::getline(file, line);) {
        auto parts = split(line, '|');
        if (parts.size() < 5 || parts[3] == "NONE") continue;
        parts.resize(10);
        take(agents[parts[3]], parts);
    }
    return agents;
}

bool is_doubtful(const spans_by_queue& spans, timestamp moment) {
    return std::any_of(spans.begin(), spans.end(), [&](const auto& each) {
        return is_near_change(each.second, moment, log_tolerance);
    });
}

bool is_doubtful(const true_agent& agent, timestamp moment) {
    return is_near_change(agent.talks, moment, log_tolerance) ||
           is_near_change(agent.rings, moment, log_tolerance) ||
           is_doubtful(agent.memberships, moment) || is_doubtful(agent.pauses, moment);
}

const true_span* at(const std::vector<true_span>& spans, timestamp moment) {
    for (const true_span& span : spans)
        if (is_there(span, moment)) return &span;
    return nullptr;
}

// The device of an agent that the log names, or names by its device.
std::string device_of(told_capture& told, const std::string& agent) {
    for (const std::string& device : told.keys(live_kind::agent))
        if (device == agent || told.text(live_kind::agent, device, "agent") == agent) return device;
    return {};
}

std::set<std::string> queues_of(told_capture& told, const std::string& device) {
    std::set<std::string> queues;
    const json_value shown = told.entry(live_kind::agent, device)["queues"];
    for (std::size_t i = 0; i < shown.size(); ++i)
        queues.emplace(shown[i].text());
    return queues;
}

void check_memberships(const std::set<std::string>& queues, const true_agent& truth,
                       timestamp moment) {
    for (const auto& [queue, spans] : truth.memberships) {
        const bool began = std::any_of(spans.begin(), spans.end(), [&](const true_span& span) {
            return span.begin <= moment || (span.begin == timestamp::max() && span.end <= moment);
        });
        INFO(queue);
        if (began) CHECK(queues.count(queue) == (at(spans, moment) != nullptr ? 1 : 0));
    }
}

void check_agent(told_capture& told, const std::string& name, const true_agent& truth,
                 timestamp moment) {
    const std::string device = device_of(told, name);
    const std::string status = told.text(live_kind::agent, device, "status");
    const std::string call_id = told.text(live_kind::agent, device, "call_id");
    const std::set<std::string> queues = queues_of(told, device);
    INFO(device << " is " << status << " in " << call_id);
    check_memberships(queues, truth, moment);
    const bool paused =
        !queues.empty() && std::all_of(queues.begin(), queues.end(), [&](auto& queue) {
            const auto known = truth.pauses.find(queue);
            return known != truth.pauses.end() && at(known->second, moment) != nullptr;
        });
    if (paused) CHECK(status == "paused");
    if (!truth.pauses.empty() && !paused) CHECK(status != "paused");
    const true_span* const talks = at(truth.talks, moment);
    // Who was removed while the phone rings is no agent any more.
    const true_span* const rings = queues.empty() ? nullptr : at(truth.rings, moment);
    if (talks != nullptr) {
        CHECK(call_id == talks->id);
        if (!paused) CHECK(status == "busy");
    } else if (rings != nullptr) {
        CHECK(call_id == rings->id);
        if (!paused) CHECK(status == "ringing");
    } else {
        CHECK(std::none_of(truth.talks.begin(), truth.talks.end(), [&](const true_span& span) {
            return span.end <= moment && span.id == call_id;
        }));
    }
}

}  // namespace

TEST_CASE("agents are as the queue log says, at any moment", "[truth]") {
    std::vector<std::string> names{"m_mixed"};
    for (const std::string& name : callstream::test::capture_names())
        if (!load_agents(name).empty() && !saw_not_all(name)) names.push_back(name);
    const std::string name = GENERATE_COPY(from_range(names));
    told_capture told(name);
    const true_agents agents = load_agents(name);
    for (const timestamp moment : told.moments(17, [](timestamp) { return false; })) {
        told.tell_until(moment);
        for (const auto& [agent, truth] : agents) {
            if (is_doubtful(truth, moment)) continue;
            INFO(name << " " << agent << " " << moment.time_since_epoch().count());
            check_agent(told, agent, truth, moment);
        }
    }
    const timestamp end = told.end() + std::chrono::seconds(2);
    told.tell_until(end);
    for (const auto& [agent, truth] : agents) {
        INFO(name << " " << agent << " at the end");
        check_agent(told, agent, truth, end);
    }
}
