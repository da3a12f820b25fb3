// Draws the live board as lines for a terminal: what the PBXes and sinks do, the queues, the calls;
// who waits longest first. What finds no room is counted.
//
// Threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "app/live_board.h"

namespace callstream::app {

struct screen_settings {
    std::size_t columns = 80;
    std::size_t rows = 24;
    bool colour = false;
    timestamp now;             // the server's
    std::string_view where;    // the address that is read
    std::string_view problem;  // why what is shown is old; empty: it is not
};

// At most `rows` lines without line ends, none wider than `columns`; names hold no control
// characters.
std::vector<std::string> draw(const live_board& board, const screen_settings& settings);

}  // namespace callstream::app
