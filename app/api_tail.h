// Prints the events of a running callstream as its web server tells them.
#pragma once

#include <string>

#include "app/api_address.h"
#include "app/line_printer.h"

namespace callstream::app {

// Until a signal, or until nobody reads its output; the exit code. `query`: filters of /api/events.
int tail_api(const api_address& address, const std::string& query, line_printer& printer);

}  // namespace callstream::app
