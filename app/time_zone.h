// The names of the time zone database.
#pragma once

#include <string>
#include <string_view>

namespace callstream::app {

// What is wrong with `name` as the name of a time zone; empty: nothing.
std::string problem_of_time_zone(std::string_view name);

}  // namespace callstream::app
