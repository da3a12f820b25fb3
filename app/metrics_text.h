// What a scrape of /metrics gets: the counts of the whole program in Prometheus' text format.
//
// Threads: any; works on values.
#pragma once

#include <string>
#include <vector>

#include "app/home_status.h"

namespace callstream::app {

// What is looked up at the moment of the scrape.
struct scrape {
    std::chrono::steady_clock::time_point now{};
    std::string_view version{};
    // Of each sink of the status: the age of the oldest event that it is not done with.
    std::vector<double> lag_seconds{};
};

std::string metrics_text(const home_status& status, const scrape& at);

}  // namespace callstream::app
