// The live state beside the events of a sink: a sink of its own, with its own cursor.
#pragma once

#include <memory>

#include "app/settings.h"
#include "app/sink_shaper.h"
#include "app/sink_thread.h"
#include "core/journal.h"

namespace callstream::app {

// Null if the sink has no state_topic or state_prefix. Its filter does not count here, for a state
// that knows only some events is wrong; what it does to numbers does.
result<std::unique_ptr<sink_thread>> open_state_sink(const sink_settings& sink,
                                                     const settings& configured, journal& events,
                                                     const country_map& countries);

}  // namespace callstream::app
