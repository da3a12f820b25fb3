// Writes an event as CloudEvents 1.0 JSON, and says where its attributes stand.
//
// Threads: one writer on the home loop. Allocates nothing after its first event of a PBX.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/event.h"
#include "core/json_bytes.h"
#include "core/record.h"
#include "core/time.h"

namespace callstream {

// In front of a type's name: its dataschema. The number is the schema's major version.
inline constexpr std::string_view schema_prefix = "urn:callstream:schema:1:";

// What the publisher knows of an event and its parser does not.
struct event_envelope {
    std::string_view pbx;
    std::uint64_t pbx_sequence = 0;
    std::uint32_t epoch = 0;
    timestamp recorded_time;
};

struct written_event {
    std::size_t size = 0;
    bool escaped = false;  // an attribute other than data holds JSON escapes
    attribute_slices attributes{};
};

class event_writer {
public:
    // Nothing if `room` is too small.
    std::optional<written_event> write(const event& source, const event_envelope& envelope,
                                       std::span<char> room);

private:
    // A number that mostly is one more than the last one.
    class counting_text {
    public:
        // With zeros in front, at least 16 digits.
        std::string_view of(std::uint64_t value) noexcept;
        // The same without those zeros. Valid until the next call.
        std::string_view bare() const noexcept;

    private:
        bool count_on() noexcept;

        std::array<char, 20> text_{};
        std::size_t first_ = 0;
        std::uint64_t value_ = 0;
    };

    void know(const event_envelope& envelope);
    void mark(attribute which, std::size_t offset, std::size_t size) noexcept;
    void mark_from(attribute which, std::size_t offset) noexcept;
    void put_inside(std::string_view value);
    void write_id(const event& source, std::string_view sequence);
    void write_origin(const event& source);
    void write_times(const event& source, const event_envelope& envelope);
    void write_time(attribute name, timestamp time, rfc3339_text& known);
    void write_partition(const event& source);
    void write_data(const event& source);

    json_bytes json_;
    std::string pbx_;
    std::uint32_t epoch_ = 0;
    // What stands in front of certain values, with the PBX's name as the inside of a JSON string.
    std::string id_begin_;  // of ids without a natural key
    std::string natural_id_begin_;
    std::string source_begin_;  // up to the type
    std::string partition_begin_;
    bool pbx_escaped_ = false;
    rfc3339_text time_;
    rfc3339_text recorded_time_;
    counting_text sequence_;
    written_event written_;
};

}  // namespace callstream
