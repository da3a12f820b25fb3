// The web server: the live state, the events as they happen, and the pages that app gives it.
//
//   GET /api/state    the live state as one document
//   GET /api/events   server-sent events, from an id on, filtered, or with the state before them
//
// It is a sink with a reader of its own but without a cursor: it never holds the journal back.
//
// Lifetime: the reader, the journal and the pages outlive it.
// Threads:  its loop's, but for post() and problem().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/sink.h"
#include "core/web_page.h"
#include "sinks/live_entry.h"
#include "sinks/web_settings.h"

namespace callstream::sinks {

struct web_counts {
    std::size_t connections = 0;
    std::size_t clients = 0;  // that events are streamed to
    std::uint64_t accepted = 0;
    std::uint64_t resumed = 0;
    std::uint64_t reset = 0;
    std::uint64_t dropped = 0;
    std::uint64_t bytes = 0;
    std::uint64_t shed = 0;  // entries of the state that found no room
};

struct web_parts {
    loop& own_loop;
    journal& events;
    journal_reader& reader;  // without a name
    std::vector<web_page*> pages;
};

class web_sink final : public sink {
public:
    // Listens at once, before the loop runs.
    web_sink(const web_settings& settings, const web_parts& parts);
    ~web_sink() override;

    // Why it does not listen; empty: it does.
    const std::string& problem() const noexcept;
    std::vector<std::uint16_t> ports() const;
    // An entry that is made outside, of a sink or of the process. Until stop(); any thread.
    void post(live_change entry);
    web_counts counts() const noexcept;  // any thread

    std::string_view name() const noexcept override { return "web"; }
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
