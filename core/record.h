// One event as it lies in the journal: what a sink needs without parsing JSON again.
//
// The payload is the event's CloudEvents JSON on one line. Its attributes stand at known places;
// `attributes` says where, so that a sink that wants fields (Redis) sends slices of the payload.
// A slice is the JSON string's inside, without the quotes; where `escaped` says so it still holds
// JSON escapes. The slice of `data` is the JSON object itself.
//
// Lifetime: views into a mapped segment; see journal_reader.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/event_type.h"
#include "core/time.h"

namespace callstream {

// In the order in which they stand in the payload.
enum class attribute : std::uint8_t {
    specversion,
    id,
    source,
    type,
    subject,
    time,
    recordedtime,
    sequence,
    partitionkey,
    datacontenttype,
    dataschema,
    data
};

inline constexpr std::array<std::string_view, 12> attribute_names{
    "specversion", "id",           "source",   "type",         "subject",
    "time",        "recordedtime", "sequence", "partitionkey", "datacontenttype",
    "dataschema",  "data"};

struct attribute_slice {
    std::uint32_t offset = 0;  // from the start of the payload
    std::uint32_t size = 0;
};

using attribute_slices = std::array<attribute_slice, attribute_names.size()>;

struct record {
    std::uint64_t sequence = 0;       // of the journal: one more for each event of any PBX, from 1
    std::uint64_t position = 0;       // where this record starts; grows with sequence
    std::uint64_t position_next = 0;  // where the one behind it starts
    event_type type = event_type::vendor_event;
    timestamp time;           // of the event
    timestamp recorded_time;  // never goes backwards within a journal
    std::string_view pbx;
    std::uint64_t pbx_sequence = 0;  // one more for each event of this PBX, from 1
    bool escaped = false;            // an attribute slice other than data holds JSON escapes
    attribute_slices attributes{};
    std::string_view payload;

    std::string_view operator[](attribute which) const noexcept {
        const attribute_slice slice = attributes[static_cast<std::size_t>(which)];
        return payload.substr(slice.offset, slice.size);
    }
};

}  // namespace callstream
