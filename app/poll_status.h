// What is told of a PBX that is polled.
//
// Threads: the home loop.
#pragma once

#include "app/home_status.h"
#include "sources/cdr_poller.h"
#include "sources/poll_client.h"

namespace callstream::app {

inline constexpr std::string_view poll_transport = "poll";

// Of one that is seen in no other way.
inline void add_poll(const sources::poll_client& client, const sources::cdr_poller& cdrs,
                     pbx_status& status) {
    const sources::poll_client_status seen = client.status();
    status.connects = client.counters().logins;
    status.messages = cdrs.counters().rows;
    status.messages_rejected = cdrs.counters().rejected;
    status.reason = seen.failure;
    if (!seen.detail.empty()) status.reason.append(": ").append(seen.detail);
}

}  // namespace callstream::app
