// Records found by their id: open addressing, linear probing, deletion by moving back.
//
// Holds pointers; the id stays in the record. It grows by doubling and never shrinks, so that a
// table which has seen its busiest hour allocates no more.
//
// Lifetime: a record stays where it is, with the same id, from insert() to erase().
// Threads:  the PBX's home loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace callstream::parsers {

template <class Record>
class id_map {
public:
    id_map() : slots_(64) {}

    Record* find(std::string_view id) const noexcept {
        const std::size_t hash = hash_of(id);
        for (std::size_t i = hash & mask();; i = (i + 1) & mask()) {
            const slot& at = slots_[i];
            if (at.record == nullptr) return nullptr;
            if (at.hash == hash && at.record->id.view() == id) return at.record;
        }
    }

    // The id must not be there yet.
    void insert(Record& record) {
        if (2 * (size_ + 1) > slots_.size()) grow();
        place({hash_of(record.id.view()), &record});
        ++size_;
    }

    void erase(const Record& record) noexcept {
        std::size_t hole = hash_of(record.id.view()) & mask();
        while (slots_[hole].record != &record)
            hole = (hole + 1) & mask();
        // Whoever probed past the hole moves into it, so that no search ends too early.
        for (std::size_t i = (hole + 1) & mask(); slots_[i].record != nullptr;
             i = (i + 1) & mask()) {
            const std::size_t wanted = slots_[i].hash & mask();
            if (((i - wanted) & mask()) >= ((i - hole) & mask())) {
                slots_[hole] = slots_[i];
                hole = i;
            }
        }
        slots_[hole] = {};
        --size_;
    }

    std::size_t size() const noexcept { return size_; }

private:
    struct slot {
        std::size_t hash = 0;
        Record* record = nullptr;
    };

    static std::size_t hash_of(std::string_view id) noexcept {
        return std::hash<std::string_view>{}(id);
    }
    std::size_t mask() const noexcept { return slots_.size() - 1; }

    void place(const slot& placed) noexcept {
        std::size_t i = placed.hash & mask();
        while (slots_[i].record != nullptr)
            i = (i + 1) & mask();
        slots_[i] = placed;
    }

    void grow() {
        std::vector<slot> old(2 * slots_.size());
        old.swap(slots_);
        for (const slot& at : old)
            if (at.record != nullptr) place(at);
    }

    std::vector<slot> slots_;
    std::size_t size_ = 0;
};

}  // namespace callstream::parsers
