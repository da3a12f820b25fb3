// Asks one PBX's HTTP API, as gently as it can: keeps a login, and makes the requests of its tasks
// one after the other, within a rate and a number at a time, never two of one task at once.
//
// What fails is asked again with back-off, later where the PBX says Retry-After. A session that is
// over is renewed without a word to consumers; a question that is refused with the new one too,
// while others are answered, waits by itself. Wrong passwords are tried three times in minutes and
// then less often than accounts stay locked.
//
// Publishes source.connected and source.disconnected, whose transport is "poll".
//
// Lifetime: settings and parts outlive it, and so do its tasks.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/event.h"
#include "core/http_client.h"
#include "core/loop.h"
#include "core/source.h"
#include "sources/poll_family.h"

namespace callstream::sources {

struct poll_client_settings {
    std::string pbx{};  // the name in the configuration
    std::string url{};  // such as https://192.0.2.10:4430
    http_client_settings http{};
    unsigned requests_per_minute = 60;  // in any minute, logins included
    unsigned concurrency_max = 1;       // requests at a time
    std::uint64_t answer_size_max = std::uint64_t{64} << 20;
    std::chrono::milliseconds answer_timeout{60'000};
    std::chrono::milliseconds backoff_first{1'000};
    std::chrono::milliseconds backoff_longest{120'000};
    std::chrono::milliseconds backoff_refused{300'000};   // the least is half of it
    std::chrono::milliseconds backoff_locked{1'200'000};  // longer than locks last
};

struct poll_client_counters {
    std::uint64_t requests = 0;
    std::uint64_t logins = 0;
    std::uint64_t failures = 0;  // requests that will be made again
};

struct poll_client_status {
    bool connected = false;
    std::string_view failure{};  // why the last request failed; empty once one succeeded
    std::string_view detail{};   // the PBX's, the system's or TLS's own words about that
};

struct poll_client_parts {
    loop& home;
    event_output& output;  // for source.* events
    poll_session& session;
    std::function<void()> on_batch{};  // after events were published
};

class poll_client final : public source {
public:
    poll_client(const poll_client_settings& settings, const poll_client_parts& parts);
    ~poll_client() override;

    void add(poll_task& task);  // before start()

    void start() override;
    void stop() override;
    bool connected() const noexcept override;
    bool stopped() const noexcept;  // after stop(): it publishes nothing more
    poll_client_counters counters() const noexcept;
    poll_client_status status() const noexcept;  // valid until the loop's next turn

    // A task has something to ask: it is asked now, though its wait is not over. One that fails
    // keeps its back-off.
    void hurry(const poll_task& task);
    // Of the login, as the header Cookie has them.
    std::string cookies() const;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
