// The names of the time zone database.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace callstream::app {

// What is wrong with `name` as the name of a time zone; empty: nothing.
std::string problem_of_time_zone(std::string_view name);

// By how much a zone, which must be known, is ahead of UTC at a time.
std::function<std::chrono::seconds(timestamp)> offset_of_time_zone(const std::string& name);

}  // namespace callstream::app
