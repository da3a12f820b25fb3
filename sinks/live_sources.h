// How callstream sees each PBX, and how busy the last hour of it was.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sinks/live_event.h"
#include "sinks/live_json.h"
#include "sinks/live_records.h"

namespace callstream::sinks {

struct live_gap {
    std::string from;
    std::string to;
    std::optional<std::uint64_t> missing_count;
};

struct live_source {
    std::string pbx;
    std::string transport;
    std::string address;
    std::string version;
    std::string state;
    std::string since;
    std::string reason;
    std::optional<live_gap> gap;  // the last
    std::uint64_t shed_count = 0;
    timestamp seen_at{};  // the last event of its own; not kept over a restart
};

struct live_minute {
    std::uint64_t calls = 0;
    std::uint64_t answered = 0;
    std::uint64_t abandoned = 0;
};

struct live_activity {
    std::map<std::string, live_minute> minutes;  // by their beginning; those with something in them
};

class live_sources {
public:
    void apply(const live_event& event);  // source.*
    void count(const live_event& event);  // what activity counts
    void tick(timestamp now);             // minutes grow old
    void forget(timestamp begin);         // see live_state::forget_sources

    live_records<live_source>& sources() noexcept { return sources_; }
    const live_records<live_source>& sources() const noexcept { return sources_; }
    live_records<live_activity>& activities() noexcept { return activities_; }
    const live_records<live_activity>& activities() const noexcept { return activities_; }
    static std::string render(const live_source& source);
    static std::string render(const std::string& pbx, const live_activity& activity);

    void save(live_json& out) const;  // see live_state
    void restore(json_value from);

private:
    void take_gap(const live_event& event, live_source& source);

    live_records<live_source> sources_{4'096};
    live_records<live_activity> activities_{4'096};
};

}  // namespace callstream::sinks
