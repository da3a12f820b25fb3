// Options of [web].
#pragma once

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_web(config_table& from, sinks::web_settings& web);

// What the live state has to know of the PBXes.
void complete_web(settings& read);

}  // namespace callstream::app
