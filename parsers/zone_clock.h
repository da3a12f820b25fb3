// A PBX's local time, as its records give it, to UTC; daylight saving included.
//
// The offset of the stretch of the year that the last time fell into is kept, so that records do
// not cost a search of the zone's history each.
//
// Threads: the PBX's home loop.
#pragma once

#include <optional>
#include <string>

#include "core/event_data.h"

namespace date {
class time_zone;
}

namespace callstream::parsers {

class zone_clock {
public:
    static bool knows(const std::string& zone) noexcept;  // an IANA name, such as Asia/Shanghai

    explicit zone_clock(const std::string& zone) noexcept;  // which must be known

    // Reads `2026-11-21 03:10:56`; nothing if that is no time. Of an hour that the clock showed
    // twice, the one nearer to `about`, which need not be exact: half an hour off does no harm.
    std::optional<timestamp> to_utc(text local, timestamp about) noexcept;

    // What the clock shows, in the same form.
    std::string to_local(timestamp time) const;

private:
    timestamp resolve(std::chrono::seconds local, timestamp about);

    const date::time_zone* zone_;
    // Local times from which the offset is this, and surely; none at first.
    std::chrono::seconds sure_from_{0};
    std::chrono::seconds sure_until_{0};
    std::chrono::seconds offset_{0};
};

}  // namespace callstream::parsers
