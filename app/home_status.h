// What the home loop tells other threads about the whole program, once a second: a copy of every
// count, taken between two events, so that sums hold in it. Nothing on the path of an event waits,
// locks or allocates for it.
//
// Lifetime: values.
// Threads:  post() on the home loop, latest() on any.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/http_server.h"
#include "core/journal.h"
#include "core/latency_histogram.h"
#include "core/log.h"
#include "core/publisher.h"
#include "sources/push_listener.h"

namespace callstream::app {

struct pbx_status {
    std::string name{};
    std::string family{};
    std::string transport{};  // ami, push, websocket or poll
    bool connected = false;
    std::string reason{};  // why it is not
    publisher_counters events{};
    event_type_counts types{};
    std::uint64_t messages = 0;
    std::uint64_t messages_rejected = 0;
    std::uint64_t messages_unverified = 0;
    std::uint64_t bytes = 0;
    std::uint64_t connects = 0;
    std::uint64_t recordings_stored = 0;
    std::uint64_t recordings_failed = 0;
    std::uint64_t recordings_no_room = 0;
    std::uint64_t recordings_waiting = 0;
};

struct sink_status {
    std::string name{};
    std::string type{};  // kafka, redis, file, stdout
    bool connected = false;
    bool ended = false;
    bool holds = true;  // the journal keeps what it has not taken
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t rejected = 0;
    std::uint64_t left_out = 0;
    std::uint64_t missing = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t sequence = 0;  // of the last event that it is done with
    std::uint64_t position = 0;  // in the journal: all before it is done
    latency_counts settled{};
};

struct home_status {
    std::chrono::steady_clock::time_point at{};
    timestamp started_at{};
    bool stopping = false;
    std::vector<pbx_status> pbxes{};
    std::vector<sink_status> sinks{};
    journal_usage journal{};
    std::uint64_t sequence = 0;  // of the last published event
    latency_counts syncs{};
    std::optional<sources::push_counters> push{};
    http_server_counters http{};
    std::uint64_t http_connections = 0;
};

class status_board {
public:
    void post(home_status status) {
        const std::lock_guard lock(mutex_);
        latest_ = std::move(status);
    }
    // Nothing before the first post().
    std::optional<home_status> latest() const {
        const std::lock_guard lock(mutex_);
        return latest_;
    }

private:
    mutable std::mutex mutex_;
    std::optional<home_status> latest_;
};

}  // namespace callstream::app
