// The live state against what Asterisk itself knew: at the end and at random moments of every
// recorded run, the calls of its CEL (live-calls.csv: from the first CHAN_START of a linkedid to
// its LINKEDID_END), the callers of its queue_log and what became of them.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "tests/sinks/told_capture.h"
#include "tests/sinks/true_records.h"
#include "tests/support/paths.h"

namespace {

using namespace callstream;
using namespace callstream::test;
using namespace callstream::sinks;
using namespace callstream::sinks::test;
using std::chrono::seconds;

std::string text_of(timestamp time) {
    std::string text(rfc3339_size, ' ');
    format_rfc3339(time, std::span<char, rfc3339_size>(text));
    return text;
}

std::map<std::string, std::vector<true_span>> load_calls() {
    std::map<std::string, std::vector<true_span>> calls;
    std::ifstream file(data_folder() / "asterisk/live-calls.csv");
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
        const auto parts = split(line, ',');
        true_span call{parts.at(1), time_of(parts.at(2))};
        if (parts.size() > 3) call.end = time_of(parts[3]);
        calls[parts[0]].push_back(call);
    }
    return calls;
}

// A caller's wait in a queue, by its line of queue_log.
struct true_wait : true_span {
    std::string number;
    std::string outcome;  // CONNECT, ABANDON, EXIT...; empty: waits still, or the log does not say
};

using true_queues = std::map<std::string, std::vector<true_wait>>;

true_queues load_queues(const std::string& capture) {
    true_queues queues;
    std::ifstream file(data_folder() / "asterisk" / (capture + ".queue_log"));
    for (std::string line; std::getline(file, line);) {
        auto parts = split(line, '|');
        if (parts.size() < 5) continue;
        parts.resize(10);
        const std::string &call = parts[1], &what = parts[4];
        auto& waits = queues[parts[2]];
        if (what == "ENTERQUEUE") waits.push_back({{call, time_of(parts[0])}, parts[6], {}});
        if (what != "CONNECT" && what != "ABANDON" && !what.starts_with("EXIT")) continue;
        for (true_wait& wait : waits) {
            if (wait.id != call || wait.end != timestamp::max()) continue;
            wait.end = time_of(parts[0]);
            wait.outcome = what;
        }
    }
    std::erase_if(queues, [](const auto& queue) { return queue.second.empty(); });
    return queues;
}

bool is_doubtful(const std::vector<true_wait>& waits, timestamp moment) {
    return std::any_of(waits.begin(), waits.end(), [&](const true_wait& wait) {
        return is_near(wait.begin, moment, log_tolerance) ||
               is_near(wait.end, moment, log_tolerance);
    });
}

void check_counts(told_capture& told, const std::string& name, const std::string& queue,
                  const std::vector<true_wait>& waits, timestamp moment) {
    const auto count = [&](const auto& is) {
        return static_cast<std::uint64_t>(std::count_if(waits.begin(), waits.end(), is));
    };
    const auto ended = [&](std::string_view outcome) {
        return count(
            [&](const true_wait& wait) { return wait.end <= moment && wait.outcome == outcome; });
    };
    CHECK(told.number(live_kind::queue, queue, "offered") ==
          count([&](const true_wait& wait) { return wait.begin <= moment; }));
    CHECK(told.number(live_kind::queue, queue, "answered") == ended("CONNECT"));
    // 1.x does not say that the queue itself sent a caller away: there it is giving up.
    const bool tells_exits = name.find(".ast1") == std::string::npos;
    const std::uint64_t sent_away = ended("EXITEMPTY") + ended("EXITWITHTIMEOUT");
    const std::uint64_t abandoned = told.number(live_kind::queue, queue, "abandoned");
    CHECK(abandoned >= ended("ABANDON"));
    CHECK(abandoned <= ended("ABANDON") + (tells_exits ? 0 : sent_away));
    if (tells_exits) CHECK(told.number(live_kind::queue, queue, "left") == sent_away);
}

// At any moment: who waits for certain, and who may.
void check_bounds(told_capture& told, const std::string& queue, const std::vector<true_wait>& waits,
                  timestamp moment) {
    std::uint64_t certain = 0;
    std::uint64_t possible = 0;
    for (const true_wait& wait : waits) {
        const bool is_open = wait.end == timestamp::max();
        if (wait.begin + log_tolerance <= moment && (is_open || moment < wait.end - tolerance))
            ++certain;
        if (wait.begin - tolerance <= moment && (is_open || moment < wait.end + log_tolerance))
            ++possible;
    }
    const std::uint64_t shown = told.number(live_kind::queue, queue, "waiting");
    CHECK(shown >= certain);
    CHECK(shown <= possible);
}

// Who waits, and since when the one who has waited longest.
void check_callers(told_capture& told, const std::string& queue,
                   const std::vector<true_wait>& waits, timestamp moment) {
    std::multiset<std::string> expected;
    std::optional<timestamp> longest;
    for (const true_wait& wait : waits) {
        if (!is_there(wait, moment)) continue;
        expected.insert(wait.number);
        longest = std::min(longest.value_or(wait.begin), wait.begin);
    }
    const json_value entry = told.entry(live_kind::queue, queue);
    CHECK(entry["waiting"].number().value_or(0) == static_cast<double>(expected.size()));
    std::multiset<std::string> shown;
    for (std::size_t i = 0; i < entry["callers"].size(); ++i)
        shown.emplace(entry["callers"][i]["number"].text());
    CHECK(shown == expected);
    const std::string_view since = entry["longest_wait_since"].text();
    CHECK(since.empty() == !longest);
    if (!longest || since.empty()) return;
    CHECK(since > text_of(*longest - tolerance));
    CHECK(since < text_of(*longest + log_tolerance));
}

// 1.4 writes no CEL: a call is there from its INVITE, or its CDR's start, to its end. Of those
// without a CDR it is not known whether they were a call to the PBX.
struct calls_of_14 {
    std::vector<true_span> known;
    std::vector<true_span> unknown;
};

calls_of_14 load_calls_of_14(const std::string& capture) {
    json_document document;
    const json_value truth = document.parse(load_truth(capture)).value();
    calls_of_14 all;
    const auto time_in = [](json_value from) {
        return timestamp(std::chrono::microseconds(std::llround(from.number().value_or(0) * 1e6)));
    };
    for (std::size_t i = 0; i < truth["calls"].size(); ++i) {
        const json_value call = truth["calls"][i];
        true_span span{std::string(call["uniqueid"].text()), time_in(call["start"]),
                       time_in(call["end"])};
        // Half of a row that 1.4 wrote of a name with quotes and commas in it.
        const bool is_id = span.id.find_first_not_of("0123456789.") == std::string::npos;
        if (call["start"] && (span.id.empty() || !is_id)) continue;
        // A CDR may begin late; an id begins with the second in which its channel was made.
        if (!span.id.empty())
            span.begin = std::min(span.begin, time_of(span.id.substr(0, span.id.find('.'))));
        if (const json_value sip = call["sip"]) {
            span.begin = time_in(sip["invite"]);
            span.end = std::max(span.end, time_in(sip["end"]));
        }
        (call["start"] ? all.known : all.unknown).push_back(span);
    }
    return all;
}

}  // namespace

TEST_CASE("the calls are those that Asterisk knew, at any moment", "[truth]") {
    static const auto all = load_calls();
    std::vector<std::string> names;
    for (const auto& [name, calls] : all)
        if (!saw_not_all(name)) names.push_back(name);
    const std::string name = GENERATE_COPY(from_range(names));
    told_capture told(name);
    std::vector<true_span> calls = all.at(name);
    // Those before we listened. And 1.8 gives a phone that still rings after a transfer its new
    // linkedid only when it answers; our events join the two calls at the transfer.
    std::erase_if(calls, [&](const true_span& call) {
        return call.begin < told.begin() || call.id == "1795228560.66";
    });
    auto moments =
        told.moments(7, [&](timestamp moment) { return is_near_change(calls, moment, tolerance); });
    CHECK((moments.size() == moment_count || name == "m_mixed"));
    moments.push_back(told.end() + seconds(1));
    for (const timestamp moment : moments) {
        told.tell_until(moment);
        std::set<std::string> expected;
        for (const true_span& call : calls)
            if (is_there(call, moment)) expected.insert(call.id);
        INFO(name << " " << moment.time_since_epoch().count());
        CHECK(told.keys(live_kind::call) == expected);
    }
}

TEST_CASE("the calls are those of the CDRs and the phones where there is no CEL", "[truth]") {
    std::vector<std::string> names;
    for (const std::string& name : callstream::test::capture_names())
        // A masquerade gives a call's CDR to the other half of the pair, with other times (f, g, j,
        // p); n4 saw not all.
        if (name.ends_with(".ast14") && std::string("nfgjpo").find(name[0]) == std::string::npos)
            names.push_back(name);
    const std::string name = GENERATE_COPY(from_range(names));
    told_capture told(name);
    const calls_of_14 calls = load_calls_of_14(name);
    auto moments = told.moments(19, [&](timestamp moment) {
        return is_near_change(calls.known, moment, log_tolerance) ||
               std::any_of(calls.unknown.begin(), calls.unknown.end(), [&](const auto& call) {
                   return moment > call.begin - tolerance && moment < call.end + log_tolerance;
               });
    });
    INFO(name << ": " << moments.size());
    CHECK(moments.size() == moment_count);
    moments.push_back(told.end() + seconds(1));
    for (const timestamp moment : moments) {
        told.tell_until(moment);
        std::set<std::string> expected;
        for (const true_span& call : calls.known)
            if (is_there(call, moment)) expected.insert(call.id);
        INFO(moment.time_since_epoch().count());
        CHECK(told.keys(live_kind::call) == expected);
    }
}

TEST_CASE("the callers in queues are those of the queue log, at any moment", "[truth]") {
    std::vector<std::string> names{"m_mixed"};
    for (const std::string& name : callstream::test::capture_names())
        if (!load_queues(name).empty() && !saw_not_all(name)) names.push_back(name);
    const std::string name = GENERATE_COPY(from_range(names));
    told_capture told(name);
    true_queues truth = load_queues(name);
    auto moments = told.moments(11, [](timestamp) { return false; });
    const auto quiet = told.moments(12, [&](timestamp moment) {
        return std::any_of(truth.begin(), truth.end(), [moment](const auto& queue) {
            return is_doubtful(queue.second, moment);
        });
    });
    INFO(name << ": " << quiet.size());
    // In a run under load, and in one that a crash cut short, the log always has a line about then.
    CHECK((quiet.size() == moment_count || name == "m_mixed" || name == "o4_crash"));
    moments.insert(moments.end(), quiet.begin(), quiet.end());
    std::sort(moments.begin(), moments.end());
    for (const timestamp moment : moments) {
        told.tell_until(moment);
        for (const auto& [queue, waits] : truth) {
            INFO(name << " " << queue << " " << moment.time_since_epoch().count());
            check_bounds(told, queue, waits, moment);
            if (is_doubtful(waits, moment)) continue;
            check_callers(told, queue, waits, moment);
            check_counts(told, name, queue, waits, moment);
        }
    }
    told.tell_until(told.end() + seconds(1));
    for (const auto& [queue, waits] : truth) {
        INFO(name << " " << queue << " at the end");
        check_counts(told, name, queue, waits, told.end() + seconds(1));
    }
}

TEST_CASE("a user with fewer event classes sees the same calls end and the same callers counted",
          "[truth]") {
    const std::string base = GENERATE("f_blind_transfer", "i_ivr");
    told_capture told(base + ".wallboard");  // of which only the order is recorded
    told.tell_until(timestamp::max());
    INFO(base);
    CHECK(told.keys(live_kind::call).empty());
    for (const auto& [queue, waits] : load_queues(base)) {
        INFO(queue);
        check_counts(told, base, queue, waits, timestamp::max());
        CHECK(told.number(live_kind::queue, queue, "waiting") == 0);
    }
}

TEST_CASE("a state that was stored goes on as if nothing had been", "[live]") {
    const std::string name = GENERATE("d_queue_answered", "g_attended_transfer", "j_parking",
                                      "q_agents_members", "r_trunks.ast18", "h_conference");
    told_capture whole(name);
    told_capture parts(name);
    for (const timestamp moment : whole.moments(3, [](timestamp) { return false; })) {
        whole.tell_until(moment);
        parts.tell_until(moment);
        parts.restart();
        INFO(name << " " << moment.time_since_epoch().count());
        REQUIRE(parts.entries() == whole.entries());
    }
    whole.tell_until(whole.end() + seconds(1));
    parts.tell_until(parts.end() + seconds(1));
    CHECK(parts.entries() == whole.entries());
}
