// The live state of a running callstream, as `top` shows it: taken from the documents and changes
// of its web server, drawn as lines for a terminal of any size.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/json_reader.h"
#include "core/time.h"

namespace callstream::app {

struct live_call {
    std::string pbx, state, from, to, via;
    std::optional<timestamp> since;  // the wait of who waits, the talk of who talks
};

struct live_queue {
    std::string pbx, name;
    std::uint64_t waiting = 0, answered = 0, abandoned = 0, ready = 0, members = 0;
    std::optional<timestamp> longest_since;
    std::optional<double> level;
};

struct live_source {
    std::string pbx, transport, state, reason;
    std::optional<timestamp> since;
    bool has_gap = false;
};

struct live_sink {
    std::string name, type;
    bool connected = false, ended = false;
    std::uint64_t acknowledged = 0, rejected = 0, behind = 0;
    double behind_seconds = 0;
    double rate = 0;  // acknowledged a second, between the last two that were told
    std::optional<timestamp> told_at;
};

struct live_minutes {
    std::optional<timestamp> at;  // of the running one
    std::uint64_t running = 0, last = 0;
};

class live_board {
public:
    void replace(json_value state, timestamp now);  // the document of /api/state
    void apply(json_value changes, timestamp now);  // an array of {kind, key, value}

    const std::map<std::string, live_call>& calls() const noexcept { return calls_; }
    const std::map<std::string, live_queue>& queues() const noexcept { return queues_; }
    const std::map<std::string, live_source>& sources() const noexcept { return sources_; }
    const std::map<std::string, live_sink>& sinks() const noexcept { return sinks_; }
    std::uint64_t agent_count() const noexcept;  // who is not away
    std::uint64_t ready_count() const noexcept;
    std::uint64_t calls_last_minute() const noexcept;
    // The server's clock against ours.
    duration ahead() const noexcept { return ahead_; }

private:
    void take(std::string_view kind, const std::string& key, json_value value, timestamp now);

    std::map<std::string, live_call> calls_;
    std::map<std::string, live_queue> queues_;
    std::map<std::string, live_source> sources_;
    std::map<std::string, live_sink> sinks_;
    std::map<std::string, std::string> agents_;  // their status
    std::map<std::string, live_minutes> minutes_;
    duration ahead_{};
};

// RFC 3339 in UTC, as the server writes times.
std::optional<timestamp> read_time(std::string_view text) noexcept;

}  // namespace callstream::app
