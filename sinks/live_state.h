// What is so now at each PBX, as the events tell it: calls, queues, agents, extensions, trunks, the
// view of the PBX itself. A pure function of the events, with no clock but that of tick().
//
// All of it is a flat set of entries; docs/live.md describes their values. Bounded: what finds no
// room is counted.
//
// Threads: one at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/day_clock.h"
#include "core/json_reader.h"
#include "core/record.h"
#include "sinks/live_agents.h"
#include "sinks/live_calls.h"
#include "sinks/live_devices.h"
#include "sinks/live_entry.h"
#include "sinks/live_queues.h"
#include "sinks/live_sources.h"

namespace callstream::sinks {

struct live_settings {
    std::chrono::seconds service_level{20};  // within which a caller should be answered
    zone_map zones;
};

class live_state {
public:
    using entries = std::map<std::string, std::string, std::less<>>;  // value by key

    explicit live_state(const live_settings& settings);
    live_state(const live_state&) = delete;
    live_state& operator=(const live_state&) = delete;

    void apply(const record& event);
    void tick(timestamp now);  // about once a second, when all that was published is applied
    // Entries that are not made from events: of sinks and of the process.
    void set(live_kind kind, const std::string& key, std::string value);

    // As text that a restart can go on from; restore() is for a state that is still empty, and
    // false for a text that another version wrote.
    std::string save() const;
    bool restore(json_value from);
    // Sources of which nothing was told since `begin` count as not connected: what was true of them
    // was true for an earlier process.
    void forget_sources(timestamp begin);
    // PBXes that are no longer configured.
    void forget_others();
    // Calls, and callers in queues: events were lost, and with them what ended.
    void forget_calls();

    // What is different since the last call, each entry once; entries() shows it from now on.
    std::vector<live_change> take_changes();
    const entries& of(live_kind kind) const noexcept {
        return entries_[static_cast<std::size_t>(kind)];
    }
    // Whether take_changes() also tells what was changed and is as it was, or came and is gone: for
    // somebody who may have been told of it in between.
    void tell_touched(bool wanted) noexcept { tells_touched_ = wanted; }
    // How often take_changes() found something.
    std::uint64_t version() const noexcept { return version_; }
    std::uint64_t shed_count() const noexcept;
    std::uint64_t malformed_count() const noexcept { return malformed_count_; }

private:
    void apply(const live_event& event);
    void put(live_kind kind, const std::string& key, std::string value,
             std::vector<live_change>& changes);

    zone_map zones_;
    day_clock days_;
    json_document document_;
    live_devices devices_;
    live_calls calls_{devices_};
    live_queues queues_;
    live_agents agents_{queues_};
    live_sources sources_;
    std::array<entries, live_kind_names.size()> entries_;
    std::vector<live_change> set_;
    bool tells_touched_ = false;
    std::uint64_t version_ = 0;
    std::uint64_t malformed_count_ = 0;
};

}  // namespace callstream::sinks
