// The state machine of calls: what a PBX says of channels and bridges becomes call.* and leg.*
// events, each with the whole picture of its call. It knows no protocol; a dialect calls it.
//
// Every function tells whether an event went out for what happened, so that the caller can pass on
// as it is what was no news here. Local channels carry calls but are nobody's: of them only the
// effects are told.
//
// Lifetime: records are the table's. Text of an event is valid until publish() returns.
// Threads:  the PBX's home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/limits.h"
#include "parsers/call_rules.h"
#include "parsers/call_table.h"
#include "parsers/call_view.h"
#include "parsers/family_output.h"

namespace callstream::parsers {

struct call_limits {
    std::size_t call_count = limits::call_count_max;
    std::size_t leg_count = limits::leg_count_max;
    std::size_t ended_leg_count = limits::ended_leg_count_max;
    std::chrono::seconds ended_age = std::chrono::minutes(10);  // a Cdr batch comes every five
    std::chrono::seconds silence = std::chrono::hours(24);
};

struct call_counters {
    std::uint64_t ended_for_room = 0;     // the table was full
    std::uint64_t ended_for_silence = 0;  // no event came for call_limits::silence
    std::uint64_t not_tracked = 0;        // not even that made room
};

class call_tracker {
public:
    call_tracker(const call_rules& rules, const call_limits& bounds, const family_output& output);

    // The leg that a message speaks of, kept up to date by it; a leg whose beginning was not seen
    // is taken in. Null for channels that are nobody's call.
    leg_record* see(const moment& when, const channel_view& channel);
    leg_record* find_leg(text id) const noexcept { return table_.find_leg(id); }
    call_record* find_call(text id) const noexcept { return table_.find_call(id); }
    leg_record* find_channel(text name) const noexcept { return table_.find_channel(name); }
    leg_record* find_caller_of(text queue, text agent) const noexcept {
        return table_.find_caller_of(queue, agent);
    }
    leg_record* find_pending_device(text device) const noexcept {
        return table_.find_pending_device(device);
    }

    bool create(const moment& when, const channel_view& channel);
    bool change_state(const moment& when, leg_record& leg, leg_state state);
    bool hang_up(const moment& when, leg_record& leg, const cause& why);
    void pair(leg_record& one, leg_record& two) noexcept;  // the halves of a Local channel
    void rename_caller(leg_record& leg, const party& who) noexcept;

    // `from` is null when the PBX itself dials. `exten` is what the caller had dialled.
    void begin_dial(const moment& when, leg_record* from, leg_record& to, text exten);
    bool end_dial(const moment& when, leg_record* from, leg_record& to, dial_result result);

    bool enter_bridge(const moment& when, leg_record& leg, const bridge_view& bridge);
    bool leave_bridge(const moment& when, leg_record& leg);
    bool hold(const moment& when, leg_record& leg);
    bool retrieve(const moment& when, leg_record& leg);
    void merge(const moment& when, call_record& lost, call_record& survivor);

    // For a PBX that does not say which channels belong together: see call_joining.cpp.
    void begin_calling(const moment& when, leg_record& leg, const channel_view& channel);
    bool link(const moment& when, leg_record& one, leg_record& two, text bridge_id);
    bool unlink(const moment& when, leg_record& one, leg_record& two);
    // `original` goes on as who `clone` was; that one is over soon.
    void trade_places(const moment& when, leg_record& original, leg_record& clone);
    void mark_queued(call_record& call, bool is_queued) noexcept;
    void mark_conferenced(leg_record& leg, bool is_in) noexcept;
    // Tells what was kept back of a pending leg; `channel` says whether it calls, and whom.
    void reveal(const moment& when, leg_record& leg, const channel_view& channel = {});
    // Where the dialplan is with it: the first step says what was dialled.
    void note_step(leg_record& leg, text context, text exten) noexcept;
    // A new view of the PBX begins: what is neither seen nor shown in it is gone.
    void begin_view() noexcept { ++view_; }
    // What a list of the PBX shows of a leg that is known; newer events have told the rest.
    void show(const moment& when, leg_record& leg, const channel_view& channel);
    void show_bridge(const moment& when, leg_record& leg, const bridge_view& bridge);
    void end_unseen(const moment& when, text why);
    // A call as call_memory encoded it, before a restart of ours.
    bool restore(text bytes, timestamp now);

    // The picture of a call for an event about `leg`, which may be null.
    call_data picture(const moment& when, const call_record& call,
                      const leg_record* leg = nullptr) const noexcept;
    template <class Data>
    Data data_of(const moment& when, const call_record& call,
                 const leg_record* leg = nullptr) const noexcept {
        Data data;
        static_cast<call_data&>(data) = picture(when, call, leg);
        return data;
    }
    void publish(event_type type, const moment& when, const call_record& call,
                 const event_data& data);
    void publish(event_type type, const moment& when, const call_record& call,
                 const leg_record* leg = nullptr);

    void tick(timestamp now);
    // The PBX began anew: whatever was not heard of since is gone.
    void end_calls_before(const moment& when, timestamp time);
    const call_counters& counters() const noexcept { return counters_; }
    const call_table& table() const noexcept { return table_; }
    const call_rules& rules() const noexcept { return rules_; }

private:
    leg_record* add_leg(const moment& when, const channel_view& channel);
    leg_record* add_unlinked_leg(const moment& when, const channel_view& channel);
    void set_channel(const moment& when, leg_record& leg, const channel_view& channel) noexcept;
    call_record* call_for(const moment& when, const channel_view& channel);
    void begin_with(call_record& call, const leg_record& leg, const channel_view& channel);
    void join_unlinked(const moment& when, leg_record& from, leg_record& to);
    call_record& unify(const moment& when, call_record& one, call_record& other);
    void pair_by_name(const moment& when, leg_record& leg);
    void drop(call_record& call);
    void end_untold(const moment& when, leg_record& leg);
    bridge_record& bridge_named(text id);
    void follow_call_id(const moment& when, leg_record& leg, text call_id);
    bool make_room(const moment& when, call_record* kept, bool for_call);
    void join_calls(const moment& when, const leg_record& leg, const bridge_view& bridge);
    void note_conversation(const moment& when, const leg_record& leg) noexcept;
    void answer(const moment& when, call_record& call);
    void publish_leg(event_type type, const moment& when, const leg_record& leg,
                     const std::optional<cause>& why = {});
    void close(const moment& when, call_record& call);
    void close_unseen(moment when, call_record& call, text why);

    call_rules rules_;
    call_limits bounds_;
    family_output output_;
    call_table table_;
    call_counters counters_;
    std::size_t queued_call_count_ = 0;
    std::string half_name_;
    std::uint32_t view_ = 1;
};

}  // namespace callstream::parsers
