// Whether the program lives (/livez: end it if not) and is ready (/readyz: send it nothing if not),
// with the reasons in words that say what a person must do.
//
// Threads: any; works on values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "app/home_status.h"

namespace callstream::app {

// degraded: somebody should look, but what comes is still taken.
enum class health : std::uint8_t { fine, degraded, failed };

struct health_check {
    std::string about{};  // home, journal, pbx:NAME, sink:NAME
    health state = health::fine;
    std::string reason{};
};

using health_checks = std::vector<health_check>;

// `status` is nothing before the home loop first told.
health_checks check_alive(const std::optional<home_status>& status,
                          std::chrono::steady_clock::time_point now);
health_checks check_ready(const std::optional<home_status>& status,
                          std::chrono::steady_clock::time_point now);

bool failed(const health_checks& checks);
// {"state": the worst, "checks": [{"about", "state", "reason"}]}
std::string health_json(const health_checks& checks);

}  // namespace callstream::app
