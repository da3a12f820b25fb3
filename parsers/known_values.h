// What was published last of each thing, so that only what changed is published.
//
// Bounded: what finds no room is published with every answer. Of a value its hash is kept.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace callstream::parsers {

class known_values {
public:
    explicit known_values(std::size_t count_max) noexcept : count_max_(count_max) {}

    // Whether `value` is another one than before, or the first; it is kept.
    bool is_news(std::string_view key, std::string_view value) {
        const std::uint64_t hash = std::hash<std::string_view>()(value);
        key_.assign(key);
        const auto known = values_.find(key_);
        if (known != values_.end()) return std::exchange(known->second, hash) != hash;
        if (values_.size() < count_max_) values_.emplace(key_, hash);
        return true;
    }
    bool knows(std::string_view key) {
        key_.assign(key);
        return values_.count(key_) > 0;
    }
    void forget(std::string_view key) {
        key_.assign(key);
        values_.erase(key_);
    }

private:
    std::size_t count_max_;
    std::unordered_map<std::string, std::uint64_t> values_;
    std::string key_;
};

}  // namespace callstream::parsers
