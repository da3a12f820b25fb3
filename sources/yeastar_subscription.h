// A P-Series PBX's events over a WebSocket: the way in that needs no address of ours.
//
// Connects whenever the session has a token, subscribes to the topics, says "heartbeat" long before
// the minute after which the PBX hangs up, and connects again with back-off. Each message goes to
// the same decoder as a pushed report. The PBX repeats nothing: what it says while the connection
// is down is lost, and the second source.connected tells so by its source.gap before it.
//
// Lifetime: settings and parts outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.h"
#include "core/loop.h"
#include "core/state_store.h"
#include "core/websocket_client.h"
#include "sources/yeastar_session.h"

namespace callstream::sources {

struct yeastar_subscription_settings {
    std::string pbx{};
    websocket_settings socket{};
    std::vector<unsigned> topics{30008, 30009, 30010, 30011, 30012, 30013, 30014, 30015,
                                 30016, 30017, 30018, 30019, 30022, 30023, 30007};
    std::chrono::milliseconds heartbeat_interval{20'000};
    // Without a byte from the PBX, whose answers to heartbeats are bytes too.
    std::chrono::milliseconds silence_max{60'000};
    std::chrono::milliseconds backoff_first{1'000};
    std::chrono::milliseconds backoff_longest{60'000};
};

struct yeastar_subscription_counters {
    std::uint64_t connects = 0;
    std::uint64_t messages = 0;
};

struct yeastar_subscription_parts {
    loop& home;
    event_output& output;  // for source.* events
    yeastar_session& session;
    // A report's text; limits::slab_spare_size bytes behind it are readable.
    std::function<void(std::string_view report)> on_report;
    std::function<void()> on_batch{};
    state_store* kept = nullptr;  // remembers over a restart until when the PBX was heard
};

class yeastar_subscription {
public:
    yeastar_subscription(const yeastar_subscription_settings& settings,
                         const yeastar_subscription_parts& parts);
    ~yeastar_subscription();
    yeastar_subscription(const yeastar_subscription&) = delete;
    yeastar_subscription& operator=(const yeastar_subscription&) = delete;

    // Before the first on_token(): what an earlier run kept. False: it is of no use.
    bool restore(std::string_view name, std::string_view value);
    void on_token();  // of the session: connects unless it is connected
    void stop();
    bool connected() const noexcept;  // and subscribed
    bool stopped() const noexcept;    // after stop(): it publishes nothing more
    yeastar_subscription_counters counters() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
