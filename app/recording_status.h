// What is told of the recordings of one PBX.
//
// Threads: the home loop.
#pragma once

#include "app/home_status.h"
#include "sources/recording_queue.h"

namespace callstream::app {

inline void add_recordings(const sources::recording_queue& queue, pbx_status& status) {
    status.recordings_stored = queue.counters().stored;
    status.recordings_failed = queue.counters().failed;
    status.recordings_no_room = queue.counters().no_room;
    status.recordings_waiting = queue.waiting_count();
}

}  // namespace callstream::app
