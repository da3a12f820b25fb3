// What a source tells of its view of a PBX, so that the state behind the events is set right after
// a time in which nothing was seen.
//
// A source that sees a PBX again begins a view, hands over the rows with which the PBX answers what
// is so now, and ends the view. Events of the PBX may come in between: they are newer than what a
// row says, and win.
//
// Threads: the source's loop.
#pragma once

#include <cstdint>

#include "core/decoder.h"
#include "core/time.h"

namespace callstream {

// What a list of the PBX is about.
enum class snapshot_part : std::uint8_t {
    bridges,
    channels,
    rooms,
    participants,
    parked_calls,
    queues,
    devices,
    extensions,
    contacts,
    peers,
};

class view_repair {
public:
    // What is known so far may be out of date.
    virtual void begin_view(timestamp now) = 0;
    // One row of a list, valid until the call returns.
    virtual void add_row(snapshot_part part, const message_view& row, timestamp now) = 0;
    // The PBX named all of that part: what it did not name is gone.
    virtual void complete(snapshot_part part) = 0;
    // Publishes what the rows say and events did not. The PBX `began_anew`: no call is older.
    // Returns how many events were made up since the view began: that many are missing, or more.
    virtual std::uint64_t end_view(timestamp now, bool began_anew) = 0;

protected:
    ~view_repair() = default;
};

}  // namespace callstream
