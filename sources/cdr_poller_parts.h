// What a poller of CDRs is given, and what it counts.
//
// Threads: the home loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/cdr_row_output.h"
#include "core/state_store.h"
#include "sources/poll_family.h"

namespace callstream::sources {

struct cdr_poller_settings {
    std::string pbx{};
    std::optional<timestamp> begin{};  // back-fill from here at the first start; else only news
    std::chrono::milliseconds interval{30'000};
    std::chrono::milliseconds interval_busy{10'000};  // while calls end
    std::chrono::seconds overlap{600};                // read again each time, for rows written late
    std::chrono::seconds call_longest{4 * 3600};      // read again now and then, for long calls
    std::chrono::seconds call_interval{900};          // how often that is
    std::chrono::seconds settle{2};  // a call that ended just now waits, that others may precede it
    std::chrono::seconds window{3600};   // of a back-fill at first; grows and shrinks
    std::size_t row_count_max = 20'000;  // of one window, if it can be made shorter
};

struct cdr_poller_parts {
    cdr_api& api;
    cdr_row_output& output;
    state_store& kept;
};

struct cdr_poller_counters {
    std::uint64_t rows = 0;       // read
    std::uint64_t told = 0;       // of them new
    std::uint64_t rejected = 0;   // could not be read
    std::uint64_t forgotten = 0;  // older than what is remembered: told before, or too late
    std::uint64_t restarts = 0;   // windows that were read anew
};

}  // namespace callstream::sources
