// Redis Streams sink: XADD with explicit, monotonic IDs made from the journal.
//
// The ID is <recorded time in ms>-<journal sequence>, so that sending again after a lost
// connection never stores an event twice. Each CloudEvents attribute is a field, in fixed order.
//
// Threads: its own loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/secret.h"
#include "core/sink.h"
#include "core/stream.h"

namespace callstream::sinks {

struct redis_settings {
    std::string name;            // of the sink, in the configuration
    stream_settings connection;  // redis:// or rediss://
    std::string username;        // empty: none
    secret password;
    std::uint32_t database = 0;
    std::string stream = "calls.events";
    std::string state_prefix;  // of the live state's keys; empty: none
    std::chrono::seconds state_expiry{900};
    std::uint64_t max_length = 0;      // MAXLEN ~; 0: unbounded
    std::size_t in_flight_max = 4096;  // commands sent and not answered
    std::size_t batch_size_max = 256;  // commands in one write
    std::chrono::milliseconds reply_timeout{15'000};
    std::chrono::milliseconds backoff_first{200};
    std::chrono::milliseconds backoff_longest{10'000};
};

class redis_sink final : public sink {
public:
    redis_sink(const redis_settings& settings, loop& own_loop, journal_reader& reader);
    ~redis_sink() override;

    std::string_view name() const noexcept override;
    void start() override;
    void wake() override;
    void drain(std::chrono::milliseconds deadline) override;
    bool drained() const noexcept override;
    void stop() override;
    const sink_counters& counters() const noexcept override;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sinks
