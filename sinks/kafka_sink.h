// Kafka sink: an idempotent producer of librdkafka, one for the sink, polled on the sink's loop.
//
// The record's value is the event's JSON, sent from the journal without a copy; its key is
// `partitionkey`, placed like the Java client does (murmur2). A fatal producer error rebuilds the
// producer and sends again, in order, what was not acknowledged.
//
// Threads: its own loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/result.h"
#include "core/sink.h"

namespace callstream::sinks {

struct kafka_settings {
    std::string name;  // of the sink, in the configuration
    std::string brokers;
    std::string topic = "calls.events";
    std::string state_topic;  // of the live state, compacted; empty: none
    // Passed to librdkafka as they are, after our defaults; a name it does not know is an error.
    std::map<std::string, std::string> properties;
    std::size_t in_flight_max = 100'000;
    std::chrono::milliseconds backoff_first{500};
    std::chrono::milliseconds backoff_longest{30'000};
};

// Whether librdkafka takes these settings; for `callstream check`. No connection is made.
// The words of what it refuses name the property and go to `explanation`.
result<void> check_kafka_settings(const kafka_settings& settings, std::string& explanation);

class kafka_sink final : public sink {
public:
    kafka_sink(const kafka_settings& settings, loop& own_loop, journal_reader& reader);
    ~kafka_sink() override;

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
