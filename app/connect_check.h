// `callstream check --connect`: logs in to each PBX and says what would lose or blur its events.
#pragma once

#include "app/settings.h"

namespace callstream::app {

// Prints to stdout. False if a PBX could not be logged in to.
bool check_connections(const settings& configured);

}  // namespace callstream::app
