// What a reader came past and has not settled yet: where each event ends, and when it was recorded.
// In the journal it would have to be looked up where no cache has it any more.
//
// Covers all events from one position to another; the caller looks up those outside.
//
// Threads: the reader's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace callstream {

class unsettled_events {
public:
    struct event {
        std::uint64_t position_next = 0;
        std::uint64_t sequence = 0;
        std::int64_t recorded_us = 0;
    };

    void reserve() { events_.resize(count_max); }  // before the first add()

    std::uint64_t begin() const noexcept { return begin_; }
    std::uint64_t end() const noexcept { return end_; }

    // Nothing is known but what add() tells from here on.
    void restart(std::uint64_t position) noexcept;
    // The next event. One that finds no room ends what is covered until restart().
    void add(const event& passed) noexcept;
    // Gives the events that end at or before `position`, and covers what is behind it.
    template <class Each>
    void take(std::uint64_t position, const Each& on_event) {
        for (; size_ > 0 && events_[front_].position_next <= position; --size_) {
            on_event(events_[front_]);
            front_ = (front_ + 1) % count_max;
        }
        if (position > begin_) begin_ = position;
    }

private:
    static constexpr std::size_t count_max = 8192;  // more than a sink usually waits for

    std::vector<event> events_;  // a ring
    std::size_t front_ = 0;
    std::size_t size_ = 0;
    std::uint64_t begin_ = 0;
    std::uint64_t end_ = 0;
    bool is_cut_ = false;  // events behind end_ are missing
};

}  // namespace callstream
