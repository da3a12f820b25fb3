// What is really so in a simulated PBX, as one line of JSON: who is connected to whom, who waits,
// which agents are paused. For a test to compare with what a client believes.
#pragma once

#include <string>

#include "bench/sim_action.h"

namespace callstream::sim {

std::string truth_of(const shown_pbx& shown);

}  // namespace callstream::sim
