// The live state in a file, with the place in the journal that it is the state of.
//
// It is written beside, synced and renamed, so that it is whole or the one before, also after the
// end of the machine. The journal's own recovery may then have cut off what it speaks of: it is not
// used.
//
// Threads: any, but one at a time for each path.
#pragma once

#include <optional>
#include <string>

#include "core/journal_reader.h"
#include "sinks/event_frames.h"
#include "sinks/live_state.h"

namespace callstream::sinks {

std::string state_text(const live_state& state, stream_place place);
result<void> store_state_text(const std::string& path,
                              std::string_view text);  // waits for the disk

// Gives `state` what is stored, and moves the reader to where it goes on. Nothing, and neither is
// changed, where there is no such file or the journal has no longer what follows it; then `stale`
// gets what is stored, unless it is null.
std::optional<stream_place> restore_state(const std::string& path, live_state& state,
                                          journal_reader& reader, live_state* stale);

}  // namespace callstream::sinks
