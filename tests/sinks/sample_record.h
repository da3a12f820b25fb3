// Records for tests that need no journal.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/record.h"

namespace callstream::test {

// A payload made from attribute values as they stand in JSON, and the record that views it.
struct sample_record {
    std::string payload;
    record viewed;

    explicit sample_record(const std::vector<std::pair<attribute, std::string>>& values) {
        for (const auto& [which, value] : values) {
            payload += payload.empty() ? "{\"" : ",\"";
            payload += attribute_names[static_cast<std::size_t>(which)];
            payload += which == attribute::data ? "\":" : "\":\"";
            viewed.attributes[static_cast<std::size_t>(which)] = {
                static_cast<std::uint32_t>(payload.size()),
                static_cast<std::uint32_t>(value.size())};
            payload += value;
            if (which != attribute::data) payload += '"';
        }
        payload += '}';
        viewed.payload = payload;
    }
    sample_record(const sample_record&) = delete;
    sample_record& operator=(const sample_record&) = delete;
};

}  // namespace callstream::test
