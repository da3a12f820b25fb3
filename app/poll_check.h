// `callstream check --connect` for a PBX that is polled: logs in, and asks for the CDRs of an hour.
// Of a UCM whose recordings are wanted it asks for these too.
#pragma once

#include "app/settings.h"

namespace callstream::app {

// Prints to stdout. False if the PBX does not answer as it would have to.
bool check_poll(const pbx_settings& pbx);

}  // namespace callstream::app
