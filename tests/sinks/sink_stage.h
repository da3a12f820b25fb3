// A Kafka sink on a loop of the test's own thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "core/loop.h"
#include "sinks/kafka_sink.h"
#include "tests/sinks/journal_feed.h"

namespace callstream::sinks::test {

using namespace std::chrono_literals;

inline const std::string topic = "calls.events";

inline kafka_settings kafka_test_settings(const std::string& brokers) {
    kafka_settings settings;
    settings.name = "test";
    settings.brokers = brokers;
    settings.topic = topic;
    settings.backoff_first = 10ms;
    settings.backoff_longest = 50ms;
    return settings;
}

class kafka_stage {
public:
    kafka_stage(journal_feed& feed, const kafka_settings& settings, std::string_view cursor = "")
        : reader_(feed.reader(cursor)),
          ticks_(std::in_place, own_loop_, [] {}),
          sink_(settings, own_loop_, *reader_) {
        ticks_->repeat(5ms);  // so that run_once() returns and a deadline can be seen
        sink_.start();
    }
    ~kafka_stage() { stop(); }

    kafka_sink& sink() noexcept { return sink_; }
    journal_reader& reader() noexcept { return *reader_; }
    const sink_counters& counters() const noexcept { return sink_.counters(); }

    // Turns the loop until `reached` says so; false when that took far too long.
    template <class Condition>
    bool run_until(Condition reached) {
        const auto give_up = std::chrono::steady_clock::now() + 60s;
        while (!reached()) {
            if (std::chrono::steady_clock::now() > give_up) return false;
            own_loop_.run_once();
        }
        return true;
    }

    bool run_until_acknowledged(std::uint64_t position) {
        return run_until([&] { return reader_->acknowledged() >= position; });
    }

    // Until every handle is closed.
    void stop() {
        sink_.stop();
        ticks_.reset();
        own_loop_.run();
    }

private:
    std::unique_ptr<journal_reader> reader_;
    loop own_loop_;
    std::optional<timer> ticks_;
    kafka_sink sink_;
};

}  // namespace callstream::sinks::test
