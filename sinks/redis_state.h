// The live state in Redis: a hash for each entry, with an expiry, and a set of keys for each kind.
//
//   PREFIX kind:key     one field for each member of the entry's value
//   PREFIX index:kind   the keys of that kind
//
// Everything is written anew after each connect and within each half of the expiry, so that what
// Redis lost comes back, and what callstream no longer stands for goes away by itself.
//
// Threads: its own loop.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "sinks/live_feed.h"
#include "sinks/redis_sink.h"

namespace callstream::sinks {

struct redis_state_settings {
    redis_settings redis;  // its name is that of this sink
    std::string prefix = "callstream:state:";
    std::chrono::seconds expiry{900};
    live_feed_settings feed;
};

class redis_state final : public sink {
public:
    redis_state(const redis_state_settings& settings, loop& own_loop, journal_reader& reader);
    ~redis_state() override;

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
