// What an Asterisk that speaks AMI 1.1 answers: lists without EventList, ActionID at their end.
#pragma once

#include <optional>
#include <string>

#include "bench/sim_action.h"
#include "bench/sim_version_1.h"

namespace callstream::sim {

// Nothing if a PBX of that age does not know the action.
std::optional<std::string> answer_version_1(const action& asked, const office& shown,
                                            const version_1_voice& voice, timestamp now);

}  // namespace callstream::sim
