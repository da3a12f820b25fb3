// How records lie in a segment: a fixed header, for events the attribute slices, the payload, and
// zeros up to a multiple of eight bytes.
//
// The size word is stored last, with release, and the word behind a record is zeroed before: who
// reads it with acquire where the record is put sees a whole record or the end. A segment in a file
// gets records in batches, in the order of their bytes. The checksum covers all behind itself and
// is seeded with the position, so that a block that came to lie in a wrong place is found too.
// Integers are little endian.
//
// Threads: none of these share state. Lifetime: views into the segment's bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/limits.h"
#include "core/record.h"

namespace callstream {

static_assert(std::endian::native == std::endian::little, "records are stored as they are");

enum class record_kind : std::uint8_t {
    event = 1,
    pbx = 2,       // name: its name; pbx, pbx_sequence: its index and last sequence
    position = 3,  // name: of the source position; value: the position
    epoch = 4      // of a run; sequence: the position below which all was on disk. In each segment
                   // it ends what was carried over
};

struct stored_record {
    std::uint32_t size = 0;  // of the whole record; 0: no record here yet
    std::uint32_t checksum = 0;
    record_kind kind{};
    std::uint8_t escaped = 0;
    std::uint16_t pbx = 0;
    std::uint16_t type = 0;
    std::uint16_t name_size = 0;  // the payload begins with a name of that size
    std::uint64_t sequence = 0;
    std::uint64_t pbx_sequence = 0;
    std::int64_t time_us = 0;
    std::int64_t recorded_us = 0;
    std::uint32_t payload_size = 0;
    std::uint32_t epoch = 0;
};
static_assert(sizeof(stored_record) == 56 && std::is_trivially_copyable_v<stored_record>);

inline constexpr std::size_t record_alignment = 8;

// How far into its record the payload begins.
constexpr std::size_t payload_offset(record_kind kind) noexcept {
    return sizeof(stored_record) + (kind == record_kind::event ? sizeof(attribute_slices) : 0);
}

constexpr std::size_t record_size(record_kind kind, std::size_t payload_size) noexcept {
    const std::size_t size = payload_offset(kind) + payload_size;
    return (size + record_alignment - 1) / record_alignment * record_alignment;
}

enum class scan_state : std::uint8_t { record, end, damaged };

struct scanned_record {
    scan_state state = scan_state::end;
    stored_record fields{};
    std::string_view payload;
    const std::byte* slices = nullptr;  // of an event, unaligned

    std::string_view name() const noexcept { return payload.substr(0, fields.name_size); }
    std::string_view value() const noexcept { return payload.substr(fields.name_size); }
};

// The bytes of one segment and the position of the first of them.
struct segment_view {
    std::span<const std::byte> bytes;
    std::uint64_t position_first = 0;
};

// The record at `offset`, a multiple of eight: whole and checked, or none, or damaged.
scanned_record scan_record(segment_view segment, std::size_t offset) noexcept;

// The same without looking at the checksum and the contents: enough to step over it.
scanned_record step_record(segment_view segment, std::size_t offset) noexcept;

// Where the first whole record at or behind `from` is, or the size of the segment.
std::size_t find_record(segment_view segment, std::size_t from) noexcept;

// What a sink gets. `scanned` is an event at `position`.
record to_record(const scanned_record& scanned, std::uint64_t position, std::string_view pbx);

struct segment_space {
    std::span<std::byte> bytes;
    std::uint64_t position_first = 0;
};

struct named_value {
    std::string_view name;
    std::string_view value;
};

// Completes the event at `offset`, whose payload of fields.payload_size bytes lies in place and
// fits, and returns the offset behind it.
std::size_t seal_event(segment_space segment, std::size_t offset, stored_record fields,
                       const attribute_slices& slices) noexcept;

// Writes a whole record of another kind at `offset`, where it fits.
std::size_t put_record(segment_space segment, std::size_t offset, stored_record fields,
                       named_value content) noexcept;

}  // namespace callstream
