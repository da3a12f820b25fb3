// A sink whose topic or stream has {family} or {pbx} in its name: a lane for each that events can
// go to.
//
// A lane is a sink of its own, with its own connection and its own cursor, so that a topic which
// cannot be written to holds up no other; within a topic the events are in the journal's order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"

namespace callstream::app {

inline constexpr std::size_t lane_count_max = 64;  // of one sink

// What is wrong with the name of a topic or stream; empty: nothing.
std::string problem_of_template(std::string_view written);

// The sink itself if there is no template in its name. Lanes that the sink's filter leaves empty
// are not made.
std::vector<sink_settings> lanes_of(const sink_settings& sink,
                                    const std::vector<pbx_settings>& pbxes);

}  // namespace callstream::app
