// A journal, a real Redis and a sink between them.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "sinks/redis_sink.h"
#include "tests/support/event_feed.h"
#include "tests/support/journal_events.h"
#include "tests/support/redis_server.h"

namespace callstream::test {

// The sink with its loop and reader; ends in order when destroyed.
class running_sink {
public:
    running_sink(const sinks::redis_settings& settings, journal& source)
        : reader_(open_reader(source, settings.name)), sink_(settings, loop_, *reader_) {
        tick_.emplace(loop_, [] {});
        tick_->repeat(std::chrono::milliseconds(5));
        sink_.start();
    }
    ~running_sink() {
        sink_.stop();
        tick_.reset();
        loop_.run();
    }
    running_sink(const running_sink&) = delete;
    running_sink& operator=(const running_sink&) = delete;

    sinks::redis_sink& sink() noexcept { return sink_; }
    const sink_counters& counters() const noexcept { return sink_.counters(); }

    // Turns the loop, at least every 5 ms, until `done`; a minute is too long for any test.
    void turn_until(const std::function<bool()>& done) {
        const auto limit = loop_.time() + std::chrono::minutes(1);
        while (!done()) {
            loop_.run_once();
            REQUIRE(loop_.time() < limit);
        }
    }
    void turn_for(std::chrono::milliseconds time) {
        const auto end = loop_.time() + time;
        turn_until([&] { return loop_.time() >= end; });
    }
    void drain() {
        sink_.drain(std::chrono::minutes(1));
        turn_until([this] { return sink_.drained(); });
    }

private:
    loop loop_;
    std::unique_ptr<journal_reader> reader_;
    sinks::redis_sink sink_;
    std::optional<timer> tick_;
};

struct redis_bench {
    redis_server server;
    temporary_directory folder;
    std::unique_ptr<journal> events = open_journal(small_journal(folder / "journal"));
    event_feed feed{*events};
    sinks::redis_settings settings;

    explicit redis_bench(std::vector<std::string> options = {}) : server(std::move(options)) {
        settings.name = "live";
        settings.connection.host = "127.0.0.1";
        settings.connection.port = server.port();
        settings.backoff_first = std::chrono::milliseconds(2);
        settings.backoff_longest = std::chrono::milliseconds(20);
    }

    std::vector<std::string> published_ids() const {
        const auto reader = open_reader(*events, "");
        std::vector<std::string> ids;
        for (;;) {
            const auto next = reader->next();
            ensure(next.has_value(), "the journal of a test is sound");
            if (!*next) return ids;
            ids.emplace_back((**next)[attribute::id]);
        }
    }
    // Of the entries that a sink stored, in the stream's order.
    std::vector<std::string> stored_ids() const {
        std::vector<std::string> ids;
        redis_client client(server);
        if (settings.username.empty() && !settings.password.empty())
            client.command({"AUTH", settings.password.reveal()});
        for (const stream_entry& entry : client.entries(settings.stream))
            if (!entry["specversion"].empty()) ids.push_back(entry["id"]);
        return ids;
    }
    std::string length() const { return redis_client(server).command({"XLEN", settings.stream}); }
};

// Where the stream first differs from what was published, or nothing.
inline std::string difference(const std::vector<std::string>& stored,
                              const std::vector<std::string>& published) {
    const auto [left, right] =
        std::mismatch(stored.begin(), stored.end(), published.begin(), published.end());
    if (left == stored.end() && right == published.end()) return {};
    return std::to_string(stored.size()) + " stored, " + std::to_string(published.size()) +
           " published; after " + std::to_string(left - stored.begin()) + ": " +
           (left == stored.end() ? "the end" : *left) + " instead of " +
           (right == published.end() ? "the end" : *right);
}

inline std::vector<std::string> sorted(std::vector<std::string> ids) {
    std::sort(ids.begin(), ids.end());
    return ids;
}

}  // namespace callstream::test
