// The live state for a broker: reads the journal, and hands out what has changed until the broker
// has it. The latest value of an entry is what counts; those in between may be left out.
//
// After a restart it goes on from the stored state, which the broker has; where there is none, or
// the broker may have lost what it had, tell_all() hands out everything.
//
// Lifetime: the reader outlives it.
// Threads:  the sink's.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/journal_reader.h"
#include "sinks/background_call.h"
#include "sinks/event_frames.h"
#include "sinks/live_state.h"

namespace callstream::sinks {

struct live_feed_settings {
    std::string name;  // of the sink
    live_settings live;
    std::string state_path;  // empty: nothing is kept over a restart
};

class live_feed {
public:
    live_feed(const live_feed_settings& settings, journal_reader& reader);

    // False if there was no stored state to go on from.
    bool restore();
    // Reads what is published, or a part of it; whether there is more.
    bool read();
    bool is_whole() const noexcept { return whole_; }
    void tell_all();
    void tell_gone(live_kind kind, const std::string& key);  // if there is no such entry
    const live_state& state() const noexcept { return state_; }

    // The next change to be sent; nothing if all were handed out. Not before is_whole().
    std::optional<live_change> next();
    // What became of a change: the broker has it, or it is to be sent again unless there is a newer
    // one.
    void settle(const live_change& change);
    void give_back(const live_change& change);
    bool is_settled() const noexcept { return whole_ && waiting_.empty() && in_flight_.empty(); }

    // Stores how far the broker has come, now and then or at once, and moves the cursor: a picture
    // of the state is taken, and stored once the broker has all that was to be told then, or newer.
    void store(std::chrono::milliseconds now, bool at_once);
    // What waits for the disk, but at once; null: this thread does. It must be null again, and its
    // call over, before the last store().
    void store_with(background_call* background) noexcept { background_ = background; }

private:
    using entry_key = std::pair<live_kind, std::string>;

    struct picture {
        stream_place place;
        std::string text;                          // of the state file
        std::map<entry_key, std::size_t> missing;  // values that the broker has not yet
    };

    void take_changes();
    void take_picture();
    void count_down(const entry_key& key);
    void store_picture();
    void on_stored(stream_place place);

    const live_feed_settings settings_;
    journal_reader& reader_;
    live_state state_;
    stream_place place_;
    stream_place stored_;
    std::chrono::milliseconds stored_at_{0};
    bool whole_ = false;
    std::vector<entry_key> stale_;  // that the broker may have, of a state that goes not on
    std::uint64_t skipped_ = 0;
    std::map<entry_key, std::string> waiting_;
    std::set<entry_key> in_flight_;
    std::optional<picture> picture_;
    background_call* background_ = nullptr;
    result<void> stored_now_;  // written by its call
};

}  // namespace callstream::sinks
