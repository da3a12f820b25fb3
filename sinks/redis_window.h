// The records that Redis has not confirmed in unbroken order, and what is known of each.
//
// Records enter at the end in journal order, are sent, confirmed or refused in order of sending,
// and leave at the front once they are stored. After a lost connection it is unknown which of the
// sent ones are stored: a check asks the stream itself, entry by entry, and only then is sent again
// what is missing.
//
// An entry's ID is <recorded time in ms>-<journal sequence>. Where the stream's top is already
// above that (another writer, a clock that was ahead) the milliseconds have a floor.
//
// Lifetime: views the records pushed, up to take_stored().
// Threads:  one at a time. Allocates nothing after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "sinks/redis_id.h"

namespace callstream::sinks {

// What XINFO STREAM says. A key that does not exist is an empty stream.
struct redis_stream_info {
    redis_id last;         // the highest ID ever given, even if its entry is gone
    redis_id first;        // the oldest entry kept; redis_id::last() if there is none
    redis_id deleted_max;  // the highest entry removed by XDEL; needs Redis 7, else 0-0
};

class redis_window {
public:
    explicit redis_window(std::size_t capacity);

    bool empty() const noexcept { return size_ == 0; }
    bool full() const noexcept { return size_ == entries_.size(); }
    std::size_t in_flight() const noexcept { return in_flight_; }

    // `uncertain`: an earlier run of the program may have stored it.
    void push(const record& added, bool uncertain) noexcept;

    // The next record to send, or null when all were sent.
    const record* next_to_send() noexcept;
    redis_id id_of(const record& sent) const noexcept;
    void on_sent() noexcept;  // next_to_send() was sent

    // The reply to the oldest sent record.
    void on_stored() noexcept;
    void on_refused() noexcept;
    // The connection ended with replies outstanding.
    void on_disconnected() noexcept;

    // Removes what is stored from the front.
    struct taken {
        std::size_t count = 0;
        std::uint64_t position_next = 0;  // of the last one
    };
    taken take_stored() noexcept;

    // Check, with nothing in flight.
    bool needs_check(redis_id last) const noexcept;
    bool reaches(redis_id last) const noexcept;  // the last record could be stored below `last`
    redis_id check_from() const noexcept;  // the lowest ID that a record not known stored can have
    // An entry of the stream, in ascending order. True when it is one of the records.
    bool on_entry(redis_id id, std::string_view source, std::string_view event_id) noexcept;
    // Whether records behind the window must be pushed before that entry can be recognised.
    bool is_behind(redis_id id) const noexcept { return id.sequence > last_sequence(); }
    // Makes room at the front of a full window by leaving out a record that may have been trimmed
    // from the stream: false if that cannot be. The next recognised entry proves that it was.
    bool try_leave_out(const redis_stream_info& info) noexcept;

    struct verdict {
        bool floor_raised = false;
        // What was left out without proof: the window is empty, records are pushed from there.
        std::optional<std::uint64_t> position_again;
    };
    // Everything not stored is sent next, with IDs above `info.last`.
    verdict end_check(const redis_stream_info& info) noexcept;

private:
    enum class standing : std::uint8_t { waiting, sent, uncertain, stored };
    struct entry {
        record what;
        standing known = standing::waiting;
    };

    std::size_t place_of(std::size_t index) const noexcept;
    entry& at(std::size_t index) noexcept;
    const entry& at(std::size_t index) const noexcept;
    std::size_t find(std::size_t from, standing wanted) const noexcept;
    std::uint64_t last_sequence() const noexcept;
    std::size_t index_of(std::uint64_t sequence) const noexcept;  // or of the first above it
    static redis_id lowest_id_of(const record& sent) noexcept;
    void resolve_gone(const redis_stream_info& info) noexcept;
    bool raise_floor(redis_id last) noexcept;
    void answer(standing known) noexcept;
    void drop_front() noexcept;

    std::vector<entry> entries_;  // a ring
    std::size_t front_ = 0;
    std::size_t size_ = 0;
    std::size_t next_to_send_ = 0;    // index from the front; all before it are not waiting
    std::size_t next_to_answer_ = 0;  // index from the front; all before it are not sent
    std::size_t in_flight_ = 0;
    std::uint64_t floor_ = 0;
    std::size_t gone_count_ = 0;  // trimmed from the stream: stored, and not in the window
    std::size_t left_out_count_ = 0;
    std::optional<std::uint64_t> left_out_position_;  // of the first
};

}  // namespace callstream::sinks
