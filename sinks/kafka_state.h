// The live state in a Kafka topic that is compacted: the key is kind:key, the value the entry's
// JSON, and a tombstone where the entry is gone.
//
// An entry's next value waits for the report of the one before.
// Where there is no stored state to go on from, every entry is sent once. What vanished in a time
// of which nothing is known can then not be told.
//
// Threads: its own loop.
#pragma once

#include <memory>
#include <string>

#include "sinks/kafka_sink.h"
#include "sinks/live_feed.h"

namespace callstream::sinks {

struct kafka_state_settings {
    kafka_settings kafka;  // with the state's topic; its name is that of this sink
    live_feed_settings feed;
};

class kafka_state final : public sink {
public:
    kafka_state(const kafka_state_settings& settings, loop& own_loop, journal_reader& reader);
    ~kafka_state() override;

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
