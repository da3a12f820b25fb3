// Settings of the web server: live state, events, the pages.
//
// Threads: values; any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/http_server.h"
#include "core/ip_range.h"
#include "core/secret.h"
#include "sinks/live_state.h"

namespace callstream::sinks {

struct web_settings {
    http_server_settings http;
    std::vector<ip_range> allow;          // empty: from anywhere
    std::vector<secret> tokens;           // empty: none is needed
    std::vector<std::string> origins;     // CORS: who else may read it in a browser; "*": anyone
    std::size_t client_count_max = 2000;  // that events are streamed to
    live_settings live;
    std::string state_path;   // a file that keeps the state over a restart; empty: none
    std::uint32_t epoch = 0;  // of the journal's run
};

}  // namespace callstream::sinks
