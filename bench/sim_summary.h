// What was played, as JSON: enough for a test to know what a client must have made of it.
#pragma once

#include <string>
#include <vector>

#include "bench/sim_calls_program.h"
#include "bench/sim_load_program.h"

namespace callstream::sim {

struct summary {
    bool finished = false;
    session_counters sessions;
    std::vector<const calls_program*> exchanges;
    const load_program* load = nullptr;
};

std::string to_json(const summary& played);

}  // namespace callstream::sim
