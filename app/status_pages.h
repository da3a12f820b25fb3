// /metrics, /livez and /readyz of the web server.
//
// Lifetime: board and journal outlive them.
// Threads:  the web server's; what the home loop knows comes from the board.
#pragma once

#include <memory>
#include <vector>

#include "app/home_status.h"
#include "core/journal.h"
#include "core/web_page.h"

namespace callstream::app {

std::vector<std::unique_ptr<web_page>> status_pages(const status_board& board, journal& events);

}  // namespace callstream::app
