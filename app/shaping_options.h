// Options of what a PBX publishes and what a sink gets.
#pragma once

#include "app/settings.h"
#include "core/config.h"
#include "core/event_filter.h"

namespace callstream::app {

// `include` and `exclude`; patterns of PBXes only where events of several come together.
enum class filter_of : std::uint8_t { pbx, sink };
void read_filter(config_table& from, filter_of whose, filter_settings& filter);

// `numbers` of a sink.
void read_numbers(config_table& from, sink_settings& sink);

}  // namespace callstream::app
