// The login at a Yeastar PBX that makes it send its reports, and keeps it sending.
//
// An S-Series PBX pushes to where the login says, and stops without a word when the token ends; so
// heartbeats come long before that, and a login again when the token is refused, when the PBX said
// that it started anew, or when heartbeats fail. Of a P-Series PBX the session keeps the access
// token fresh, which its recordings and its WebSocket ask for.
//
// Five wrong passwords lock our address out for ten minutes. A refused login therefore waits for
// minutes, and from the fourth in a row on for longer than a lock lasts.
//
// Publishes source.connected and source.disconnected, whose transport is "push".
//
// Lifetime: settings and parts outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "core/event.h"
#include "core/http_client.h"
#include "core/loop.h"
#include "core/source.h"
#include "sources/yeastar_api.h"

namespace callstream::sources {

struct yeastar_session_settings {
    std::string pbx{};  // the name in the configuration
    yeastar_api_settings api{};
    http_client_settings http{};
    std::chrono::milliseconds answer_timeout{15'000};
    std::chrono::milliseconds heartbeat_interval{600'000};  // shorter where the token's life is
    std::chrono::milliseconds backoff_first{1'000};
    std::chrono::milliseconds backoff_longest{60'000};
    std::chrono::milliseconds backoff_refused{300'000};  // the least is half of it
    std::chrono::milliseconds backoff_locked{660'000};   // the most is twice that
};

struct yeastar_session_counters {
    std::uint64_t logins = 0;
    std::uint64_t refused = 0;
    std::uint64_t heartbeats = 0;
};

struct yeastar_session_status {
    bool connected = false;
    std::string_view failure{};  // why the last login or heartbeat failed; empty once logged in
    std::string_view detail{};   // the PBX's, the system's or TLS's own words about that
};

struct yeastar_session_parts {
    loop& home;
    event_output& output;              // for source.* events
    std::function<void()> on_batch{};  // after each of them: what was published can go on
    // There is a (new) token.
    std::function<void()> on_token{};
};

class yeastar_session final : public source {
public:
    yeastar_session(const yeastar_session_settings& settings, const yeastar_session_parts& parts);
    ~yeastar_session() override;

    void start() override;
    void stop() override;
    bool connected() const noexcept override;
    bool stopped() const noexcept;  // after stop(): it publishes nothing more
    yeastar_session_counters counters() const noexcept;
    yeastar_session_status status() const noexcept;  // valid until the loop's next turn

    // The PBX said that it has started: its tokens are gone. Logs in again on a later turn.
    void on_restarted();
    // Someone else was told that this token is refused. Ignored for any but the current one.
    void on_refused(std::string_view token);

    // Empty while not logged in.
    const std::string& token() const noexcept;
    const yeastar_api_settings& api() const noexcept;
    http_client& client() noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
