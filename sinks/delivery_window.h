// The records that were read from the journal and are not yet acknowledged as one unbroken row.
//
// A broker confirms per partition, so out of journal order; a cursor may only move over a row
// without gaps. Each record has a ticket, counted up from zero; the window keeps what is known of
// it until all before it are settled too.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ensure.h"
#include "core/event_type.h"

namespace callstream::sinks {

class delivery_window {
public:
    struct entry {
        std::uint64_t position_next = 0;  // where the journal's next record starts
        std::uint64_t sequence = 0;
        event_type type = event_type::vendor_event;
        bool settled = false;  // delivered, or rejected for good
    };

    // `position`: where the first record will be read.
    delivery_window(std::size_t capacity, std::uint64_t position)
        : entries_(std::max<std::size_t>(capacity, 1)), position_(position) {}

    bool empty() const noexcept { return first_ == end_; }
    std::size_t size() const noexcept { return end_ - first_; }
    bool full() const noexcept { return end_ - first_ == entries_.size(); }
    std::uint64_t first() const noexcept { return first_; }  // ticket of the oldest unsettled
    std::uint64_t end() const noexcept { return end_; }      // ticket of the next push()

    void push(const entry& added) {
        ensure(!full(), "a full window takes no more");
        slot(end_++) = added;
    }

    const entry& operator[](std::uint64_t ticket) const noexcept {
        ensure(ticket - first_ < end_ - first_, "a ticket is within the window");
        return entries_[ticket % entries_.size()];
    }

    void settle(std::uint64_t ticket) noexcept {
        ensure(ticket - first_ < end_ - first_, "a ticket is within the window");
        slot(ticket).settled = true;
    }

    // Moves over all that is settled in an unbroken row; whether that was any.
    bool advance() noexcept {
        const std::uint64_t before = first_;
        for (; first_ != end_ && slot(first_).settled; ++first_)
            position_ = slot(first_).position_next;
        return first_ != before;
    }

    // Everything below is settled.
    std::uint64_t position() const noexcept { return position_; }

    // Where the journal is read to get the record of `ticket` again.
    std::uint64_t position_of(std::uint64_t ticket) const noexcept {
        return ticket == first_ ? position_ : (*this)[ticket - 1].position_next;
    }

private:
    entry& slot(std::uint64_t ticket) noexcept { return entries_[ticket % entries_.size()]; }

    std::vector<entry> entries_;
    std::uint64_t first_ = 0;
    std::uint64_t end_ = 0;
    std::uint64_t position_;
};

}  // namespace callstream::sinks
