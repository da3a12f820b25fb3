// Reading AMI values: what Asterisk writes for nothing, numbers, escapes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/event_data.h"

namespace callstream::parsers {

// The null text for what stands for nothing: empty, <unknown>, <Unknown>, <no name>, (null).
text known_text(text value) noexcept;

std::optional<std::int64_t> to_number(text value) noexcept;  // the whole of it, or nothing
std::optional<duration> to_seconds(text value) noexcept;
std::optional<duration> to_milliseconds(text value) noexcept;
std::optional<bool> to_flag(text value) noexcept;  // 1, 0, Yes, No, on, off

// Seconds and up to six decimals since 1970, as `Timestamp` gives them.
std::optional<timestamp> to_timestamp(text value) noexcept;

// Channel snapshots carry C escapes (O\'Brien \"Bob\"). Returns `value` itself if it has none;
// otherwise `scratch` holds the result, and the next call with it ends that.
text unescaped(text value, std::string& scratch);

}  // namespace callstream::parsers
