// Records by key, of which it is known which have changed. Bounded: what finds no room is counted.
//
// Lifetime: a record stays where it is until erased.
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace callstream::sinks {

template <class Record>
class live_records {
public:
    explicit live_records(std::size_t count_max) : count_max_(count_max) {}

    const Record* find(const std::string& key) const {
        const auto found = slots_.find(key);
        return found != slots_.end() ? &found->second.record : nullptr;
    }

    // To be changed; null if it is not there.
    Record* change(const std::string& key) {
        const auto found = slots_.find(key);
        if (found == slots_.end()) return nullptr;
        touch(found->first, found->second);
        return &found->second.record;
    }

    // The same, made if it is not there; null if there is no room.
    Record* take(const std::string& key) {
        if (Record* const there = change(key)) return there;
        if (slots_.size() >= count_max_) {
            ++shed_count_;
            return nullptr;
        }
        const auto made = slots_.try_emplace(key).first;
        touch(made->first, made->second);
        return &made->second.record;
    }

    void erase(const std::string& key) {
        const auto found = slots_.find(key);
        if (found == slots_.end()) return;
        if (!found->second.touched) touched_.push_back(key);
        slots_.erase(found);
    }

    template <class Is>
    void erase_if(const Is& is) {
        for (auto each = slots_.begin(); each != slots_.end();) {
            if (!is(each->first, each->second.record)) {
                ++each;
                continue;
            }
            if (!each->second.touched) touched_.push_back(each->first);
            each = slots_.erase(each);
        }
    }

    // Calls `tell(key, record)` once for each key that was changed since; null: it is gone.
    template <class Tell>
    void take_changes(const Tell& tell) {
        for (const std::string& key : touched_) {
            const auto found = slots_.find(key);
            if (found != slots_.end()) found->second.touched = false;
            tell(key, found != slots_.end() ? &found->second.record : nullptr);
        }
        touched_.clear();
    }

    template <class See>
    void for_each(const See& see) const {
        for (const auto& [key, held] : slots_)
            see(key, held.record);
    }

    std::size_t size() const noexcept { return slots_.size(); }
    std::uint64_t shed_count() const noexcept { return shed_count_; }

private:
    struct slot {
        Record record{};
        bool touched = false;
    };

    void touch(const std::string& key, slot& held) {
        if (!held.touched) touched_.push_back(key);
        held.touched = true;
    }

    std::size_t count_max_;
    std::unordered_map<std::string, slot> slots_;
    std::vector<std::string> touched_;  // a key that was erased and made again may be there twice
    std::uint64_t shed_count_ = 0;
};

}  // namespace callstream::sinks
