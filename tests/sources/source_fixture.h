// A loop, and what a source publishes on it.
#pragma once

#include <chrono>
#include <functional>

#include "core/loop.h"
#include "tests/support/recorded_events.h"

namespace callstream::test {

struct source_fixture {
    // Gives up after ten seconds.
    bool run_until(const std::function<bool()>& reached) {
        bool late = false;
        timer guard(home, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        while (!late && !reached())
            home.run_once();
        return !late;
    }
    std::size_t count_of(event_type type) const { return events.count_of(type); }

    loop home;
    recorded_events events;
    int batch_count = 0;
};

}  // namespace callstream::test
