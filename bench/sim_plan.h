// Which calls a simulated PBX has, and when: random arrivals of a mix of scenarios, each a list of
// timed acts. Time is handed in, so a plan runs against the clock, faster, or at once.
//
// Lifetime: the office outlives the plan.
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "bench/sim_call.h"
#include "core/result.h"

namespace callstream::sim {

struct step {
    duration after;  // since the step before
    std::function<void(call&)> act;
};
using script = std::vector<step>;

struct scenario {
    std::string_view name;
    std::string_view disposition;  // what becomes of the caller, in callstream's words
    script (*write)(std::mt19937& random);
};

const std::vector<scenario>& all_scenarios();

// "busy=1,hold=3": how often each comes, relative to the others. Empty: all, mostly answered ones.
result<std::vector<double>> parse_mix(std::string_view text);

struct plan_settings {
    double calls_per_second = 1;
    std::uint64_t calls_max = 0;        // 0: no limit
    std::optional<duration> arrivals;   // no new call after that long
    std::vector<double> mix;            // from parse_mix
    std::size_t reports_max = 100'000;  // calls told one by one
};

struct call_report {
    const scenario* kind;
    std::vector<std::string> linkedids;
    timestamp started;
    timestamp ended;
    bool finished = false;
    std::uint64_t event_count = 0;
    std::uint64_t cdr_count = 0;
};

struct scenario_totals {
    std::uint64_t started = 0;
    std::uint64_t ended = 0;
    std::uint64_t event_count = 0;
    std::uint64_t cdr_count = 0;
};

class call_plan {
public:
    call_plan(const plan_settings& settings, office& where, timestamp start);
    ~call_plan();

    // Plays what is due until then.
    void run_until(timestamp time);
    // When something is due next; nothing once every call has ended.
    std::optional<timestamp> next_due() const;
    // To be told each event the office raises.
    void count(const event_view& event);

    const std::vector<call_report>& reports() const { return reports_; }
    const std::map<std::string_view, scenario_totals>& totals() const { return totals_; }

private:
    struct playing;
    struct due {
        timestamp time;
        std::uint64_t order;
        playing* what;
        bool operator<(const due& other) const {
            return time != other.time ? time > other.time : order > other.order;
        }
    };
    void arrive();
    void advance(playing& one);
    void schedule(playing& one);
    void end(playing& one);

    plan_settings settings_;
    office& office_;
    timestamp start_;
    std::optional<timestamp> next_arrival_;
    std::uint64_t arrived_ = 0;
    std::uint64_t order_ = 0;
    std::priority_queue<due> due_;
    std::map<playing*, std::unique_ptr<playing>> playing_;
    playing* acting_ = nullptr;
    std::vector<call_report> reports_;
    std::map<std::string_view, scenario_totals> totals_;
};

}  // namespace callstream::sim
