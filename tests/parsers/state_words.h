// What tests of how a PBX stands share: a store for restarts, and looks into event_words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "core/state_store.h"
#include "tests/parsers/event_words.h"

namespace callstream::test {

class kept_values final : public state_store {
public:
    void put(std::string_view name, std::string_view value) override {
        if (value.empty())
            values.erase(std::string(name));
        else
            values[std::string(name)] = value;
    }
    std::map<std::string, std::string> values;
};

inline bool has(const std::string& events, std::string_view part) {
    return events.find(part) != std::string::npos;
}

inline std::size_t count_of(const std::string& events) {
    return static_cast<std::size_t>(std::count(events.begin(), events.end(), '\n'));
}

}  // namespace callstream::test
