// Records that are made once and used again, and the list that strings them together.
//
// Lifetime: a record never moves; it belongs to the pool, which outlives every list.
// Threads:  the PBX's home loop.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

namespace callstream::parsers {

template <class Record>
struct link {
    Record* before = nullptr;
    Record* after = nullptr;
};

// A doubly linked list through the member `Link` of its records.
template <class Record, link<Record> Record::*Link>
class record_list {
public:
    Record* front() const noexcept { return front_; }
    Record* back() const noexcept { return back_; }
    static Record* after(const Record& record) noexcept { return (record.*Link).after; }
    static Record* before(const Record& record) noexcept { return (record.*Link).before; }

    void push_back(Record& record) noexcept {
        record.*Link = {back_, nullptr};
        (back_ != nullptr ? (back_->*Link).after : front_) = &record;
        back_ = &record;
    }

    void erase(Record& record) noexcept {
        const link<Record> at = record.*Link;
        (at.before != nullptr ? (at.before->*Link).after : front_) = at.after;
        (at.after != nullptr ? (at.after->*Link).before : back_) = at.before;
        record.*Link = {};
    }

private:
    Record* front_ = nullptr;
    Record* back_ = nullptr;
};

template <class Record>
class record_pool {
public:
    Record& take() {
        ++used_;
        if (free_.empty()) return make();
        Record& taken = *free_.back();
        free_.pop_back();
        taken = Record();
        return taken;
    }

    void give_back(Record& record) {
        --used_;
        free_.push_back(&record);
    }

    std::size_t used() const noexcept { return used_; }

private:
    Record& make() {
        Record& made = made_.emplace_back();
        // Giving back must never allocate.
        if (free_.capacity() < made_.size()) free_.reserve(2 * made_.size());
        return made;
    }

    std::deque<Record> made_;
    std::vector<Record*> free_;
    std::size_t used_ = 0;
};

}  // namespace callstream::parsers
