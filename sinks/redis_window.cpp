#include "sinks/redis_window.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/ensure.h"
#include "core/json_unescape.h"

namespace callstream::sinks {

namespace {

bool same_text(const record& own, attribute which, std::string_view stored) {
    const std::string_view slice = own[which];
    if (!own.escaped) return slice == stored;
    std::string text(slice.size(), '\0');
    text.resize(unescape_json(slice, text.data()));
    return text == stored;
}

}  // namespace

redis_window::redis_window(std::size_t capacity) : entries_(capacity) {
    ensure(capacity > 0, "a redis sink has room for a record");
}

// Where the entry stands in the ring; without a division, which would cost more than all else here.
std::size_t redis_window::place_of(std::size_t index) const noexcept {
    const std::size_t place = front_ + index;
    return place < entries_.size() ? place : place - entries_.size();
}

redis_window::entry& redis_window::at(std::size_t index) noexcept {
    return entries_[place_of(index)];
}

const redis_window::entry& redis_window::at(std::size_t index) const noexcept {
    return entries_[place_of(index)];
}

std::size_t redis_window::find(std::size_t from, standing wanted) const noexcept {
    while (from < size_ && at(from).known != wanted)
        ++from;
    return from;
}

void redis_window::push(const record& added, bool uncertain) noexcept {
    ensure(!full(), "a record enters where there is room");
    ++size_;
    at(size_ - 1) = {added, uncertain ? standing::uncertain : standing::waiting};
}

const record* redis_window::next_to_send() noexcept {
    next_to_send_ = find(next_to_send_, standing::waiting);
    return next_to_send_ < size_ ? &at(next_to_send_).what : nullptr;
}

redis_id redis_window::lowest_id_of(const record& sent) noexcept {
    const auto time = std::chrono::floor<std::chrono::milliseconds>(sent.recorded_time);
    const auto count = std::max<std::int64_t>(time.time_since_epoch().count(), 0);
    return {static_cast<std::uint64_t>(count), sent.sequence};
}

redis_id redis_window::id_of(const record& sent) const noexcept {
    redis_id id = lowest_id_of(sent);
    id.milliseconds = std::max(id.milliseconds, floor_);
    return id;
}

void redis_window::on_sent() noexcept {
    ensure(next_to_send_ < size_ && at(next_to_send_).known == standing::waiting,
           "only a waiting record is sent");
    at(next_to_send_).known = standing::sent;
    ++next_to_send_;
    ++in_flight_;
}

void redis_window::answer(standing known) noexcept {
    next_to_answer_ = find(next_to_answer_, standing::sent);
    ensure(in_flight_ > 0 && next_to_answer_ < size_, "a reply belongs to a sent record");
    at(next_to_answer_).known = known;
    ++next_to_answer_;
    --in_flight_;
}

void redis_window::on_stored() noexcept {
    answer(standing::stored);
}

void redis_window::on_refused() noexcept {
    answer(standing::waiting);
}

void redis_window::on_disconnected() noexcept {
    for (std::size_t i = 0; i < size_; ++i)
        if (at(i).known == standing::sent) at(i).known = standing::uncertain;
    in_flight_ = 0;
}

redis_window::taken redis_window::take_stored() noexcept {
    taken done;
    if (left_out_position_) return done;
    while (size_ > 0 && at(0).known == standing::stored) {
        ++done.count;
        done.position_next = at(0).what.position_next;
        drop_front();
    }
    if (done.count > 0) done.count += std::exchange(gone_count_, 0);
    return done;
}

void redis_window::drop_front() noexcept {
    front_ = place_of(1);
    --size_;
    if (next_to_send_ > 0) --next_to_send_;
    if (next_to_answer_ > 0) --next_to_answer_;
}

bool redis_window::needs_check(redis_id last) const noexcept {
    return size_ > 0 && check_from() <= last;
}

bool redis_window::reaches(redis_id last) const noexcept {
    return size_ > 0 && lowest_id_of(at(size_ - 1).what) <= last;
}

redis_id redis_window::check_from() const noexcept {
    for (std::size_t i = 0; i < size_; ++i)
        if (at(i).known != standing::stored) return lowest_id_of(at(i).what);
    return redis_id::last();
}

std::uint64_t redis_window::last_sequence() const noexcept {
    return size_ > 0 ? at(size_ - 1).what.sequence : 0;
}

std::size_t redis_window::index_of(std::uint64_t sequence) const noexcept {
    std::size_t begin = 0;
    std::size_t end = size_;
    while (begin < end) {
        const std::size_t middle = begin + (end - begin) / 2;
        if (at(middle).what.sequence < sequence)
            begin = middle + 1;
        else
            end = middle;
    }
    return begin;
}

bool redis_window::on_entry(redis_id id, std::string_view source,
                            std::string_view event_id) noexcept {
    const std::size_t index = index_of(id.sequence);
    if (index == size_) return false;
    entry& own = at(index);
    if (own.what.sequence != id.sequence || id < lowest_id_of(own.what)) return false;
    if (!same_text(own.what, attribute::source, source) ||
        !same_text(own.what, attribute::id, event_id))
        return false;
    own.known = standing::stored;
    gone_count_ += left_out_count_;
    left_out_count_ = 0;
    left_out_position_.reset();
    return true;
}

bool redis_window::try_leave_out(const redis_stream_info& info) noexcept {
    const entry& own = at(0);
    if (!full() || own.known != standing::uncertain || lowest_id_of(own.what) >= info.first)
        return false;
    if (!left_out_position_) left_out_position_ = own.what.position;
    ++left_out_count_;
    drop_front();
    return true;
}

redis_window::verdict redis_window::end_check(const redis_stream_info& info) noexcept {
    ensure(in_flight_ == 0, "a check ends with nothing in flight");
    verdict done;
    resolve_gone(info);
    if (left_out_position_) {
        done.position_again = std::exchange(left_out_position_, std::nullopt);
        left_out_count_ = 0;
        size_ = 0;
    }
    for (std::size_t i = 0; i < size_; ++i)
        if (at(i).known == standing::uncertain) at(i).known = standing::waiting;
    next_to_send_ = next_to_answer_ = 0;
    done.floor_raised = raise_floor(info.last);
    return done;
}

// Entries may have been trimmed or deleted since they were stored. Redis takes one connection's
// commands in order, so a record whose reply we never saw was stored if a later one was, unless it
// was refused alone; then no trimming and no XDEL explains why it is not there.
void redis_window::resolve_gone(const redis_stream_info& info) noexcept {
    bool later_stored = false;
    for (std::size_t i = size_; i-- > 0;) {
        entry& own = at(i);
        const redis_id id = lowest_id_of(own.what);
        if (own.known == standing::uncertain) {
            const bool is_top = info.last == id || info.last == id_of(own.what);
            const bool removed = id < info.first || id <= info.deleted_max;
            if (is_top || (later_stored && removed)) own.known = standing::stored;
        }
        later_stored = later_stored || own.known == standing::stored;
    }
}

bool redis_window::raise_floor(redis_id last) noexcept {
    const record* next = next_to_send();
    if (next == nullptr || id_of(*next) > last) return false;
    floor_ = redis_id{last.milliseconds, redis_id::last().sequence}.next().milliseconds;
    return true;
}

}  // namespace callstream::sinks
