// Who talks to whom: bridges, and the Local channels that lead from one to the next.
#pragma once

#include "parsers/call_record.h"

namespace callstream::parsers {

// Another party that `leg` is connected to, directly or over Local channels; null if none.
leg_record* other_party(const leg_record& leg) noexcept;

// The party behind a half of a Local channel: in the bridge of its other half.
leg_record* party_behind(const leg_record& local_half) noexcept;

// Two parties or more are in the bridge, directly or over Local channels.
bool is_conversation(const bridge_record& bridge) noexcept;

}  // namespace callstream::parsers
