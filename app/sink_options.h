// Options of [sink.NAME].
#pragma once

#include <string>

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_sink(config_table& from, const std::string& name, settings& out);

}  // namespace callstream::app
