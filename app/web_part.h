// The web server as a part of the running program: its thread, its pages, and what it shows of the
// program itself.
//
// Lifetime: the journal outlives it. It outlives the thread that open() gives.
// Threads:  the home loop's.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "app/sink_thread.h"
#include "core/journal.h"
#include "core/web_page.h"
#include "sinks/web_sink.h"

namespace callstream::app {

class web_part {
public:
    web_part(const settings& configured, journal& events);
    ~web_part();

    // Before open().
    void add(std::unique_ptr<web_page> page) { pages_.push_back(std::move(page)); }

    // Listens; what failed is logged.
    result<std::unique_ptr<sink_thread>> open();

    // About once a second: how the sinks and the process are. Not once the thread is gone.
    void tell(const std::vector<std::unique_ptr<sink_thread>>& sinks);
    sinks::web_counts counts() const noexcept { return sink_->counts(); }

private:
    struct published {
        std::chrono::steady_clock::time_point at;
        std::uint64_t position = 0;
    };

    std::string describe(const sink_thread& sink);
    std::string describe_process() const;
    double lag_seconds(std::uint64_t acknowledged) const;
    std::string_view type_of(std::string_view sink) const;

    sinks::web_settings settings_;
    const std::vector<sink_settings> sinks_;
    const journal_settings journal_settings_;
    journal& journal_;
    std::vector<std::unique_ptr<web_page>> pages_;
    sinks::web_sink* sink_ = nullptr;
    std::string started_at_;
    std::deque<published> history_;                              // a sample a second
    std::map<std::string, std::pair<bool, std::string>> since_;  // by sink: connected, and when
    std::vector<std::string> told_;                              // sinks of which there is an entry
};

}  // namespace callstream::app
