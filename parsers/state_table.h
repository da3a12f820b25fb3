// Records by a key of any kind, bounded in number: what is known of queues, agents and devices.
//
// A record has `state_key id` and `link<Record> in_all`.
//
// Lifetime: a record stays where it is until erase().
// Threads:  the PBX's home loop.
#pragma once

#include <cstddef>

#include "parsers/bounded_text.h"
#include "parsers/id_map.h"
#include "parsers/record_pool.h"

namespace callstream::parsers {

using state_key = bounded_text<256>;

// Records of one kind: found by their key, bounded in number.
template <class Record>
class state_table {
public:
    using list = record_list<Record, &Record::in_all>;

    explicit state_table(std::size_t count_max) : count_max_(count_max) {}

    Record* find(text key) const noexcept { return records_.find(key); }
    // A new one if there is none; null if there is no room.
    Record* take(text key) {
        if (Record* known = records_.find(key)) return known;
        if (key.size() > state_key::capacity || records_.size() >= count_max_) return nullptr;
        Record& made = pool_.take();
        made.id.assign(key);
        records_.insert(made);
        all_.push_back(made);
        return &made;
    }
    void erase(Record& record) {
        all_.erase(record);
        records_.erase(record);
        pool_.give_back(record);
    }
    Record* front() const noexcept { return all_.front(); }

private:
    std::size_t count_max_;
    id_map<Record> records_;
    record_pool<Record> pool_;
    list all_;
};

}  // namespace callstream::parsers
