// What [pbx.NAME.cdr_poll] says: how a PBX's API is polled, and the part of it that only one family
// of PBXes knows.
#pragma once

#include <chrono>
#include <string>
#include <variant>

#include "sources/cdr_poller.h"
#include "sources/fiberme_api.h"
#include "sources/grandstream_api.h"
#include "sources/nexo_api.h"
#include "sources/poll_client.h"
#include "sources/voipmonitor_api.h"

namespace callstream::app {

// An interval of 0 asks never.
struct fiberme_poll {
    sources::fiberme_settings api;
    std::chrono::milliseconds state_every{10'000};       // calls, extensions, trunks
    std::chrono::milliseconds load_every{60'000};        // CPU, memory, storage
    std::chrono::milliseconds recordings_every{60'000};  // those of conferences and one touch
};

struct voipmonitor_poll {
    sources::voipmonitor_settings api;
    std::chrono::milliseconds calls_every{2'000};
    std::chrono::milliseconds licence_every{3'600'000};
    std::string report;  // empty: none
    sources::voipmonitor_sound sound = sources::voipmonitor_sound::wav;
    bool captures = false;  // of the calls' packets, beside their sound
    std::chrono::milliseconds report_every{3'600'000};
};

using polled_api = std::variant<std::monostate, sources::nexo_settings, sources::ucm_settings,
                                fiberme_poll, voipmonitor_poll>;

struct poll_settings {
    sources::poll_client_settings client;
    sources::cdr_poller_settings cdr;
    polled_api api;
    std::string username;
    std::string password_origin;  // where the password came from, such as "env HQ_WEB"
};

}  // namespace callstream::app
