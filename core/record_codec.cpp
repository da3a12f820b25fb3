#include "core/record_codec.h"

#include <atomic>
#include <cstring>

#include "core/crc32c.h"
#include "core/event_type.h"

namespace callstream {

namespace {

constexpr std::size_t checked_from = offsetof(stored_record, kind);
constexpr std::size_t stored_size_max = record_size(record_kind::event, limits::record_size_max);

std::uint32_t load_size(const std::byte* at) noexcept {
    auto* word = const_cast<std::uint32_t*>(reinterpret_cast<const std::uint32_t*>(at));
    return std::atomic_ref<std::uint32_t>(*word).load(std::memory_order_acquire);
}

void store_size(std::byte* at, std::uint32_t size) noexcept {
    auto* word = reinterpret_cast<std::uint32_t*>(at);
    std::atomic_ref<std::uint32_t>(*word).store(size, std::memory_order_release);
}

std::uint32_t checksum_of(std::span<const std::byte> record, std::uint64_t position) noexcept {
    const std::uint64_t place = position / record_alignment;
    const auto seed = static_cast<std::uint32_t>(place ^ (place >> 32));
    return crc32c(record.subspan(checked_from), seed);
}

bool slices_fit(const std::byte* at, std::size_t payload_size) noexcept {
    attribute_slices slices;
    std::memcpy(slices.data(), at, sizeof(slices));
    for (const attribute_slice slice : slices)
        if (slice.offset > payload_size || slice.size > payload_size - slice.offset) return false;
    return true;
}

bool contents_fit(const stored_record& fields, const std::byte* slices) noexcept {
    if (fields.pbx >= limits::pbx_count_max) return false;
    if (fields.name_size > fields.payload_size) return false;
    const std::size_t value_size = fields.payload_size - fields.name_size;
    const auto is_named = [&fields](std::size_t size_max) {
        return fields.name_size > 0 && fields.name_size <= size_max;
    };
    switch (fields.kind) {
        case record_kind::event:
            return slices != nullptr && fields.type < event_types.size() &&
                   slices_fit(slices, fields.payload_size);
        case record_kind::pbx:
            return is_named(limits::name_size_max) && value_size == 0;
        case record_kind::position:
            return is_named(limits::position_name_size_max) &&
                   value_size <= limits::position_size_max;
        case record_kind::epoch:
            return fields.payload_size == 0;
    }
    return false;
}

// Ends the record: what other threads and processes see appears with the size word.
std::size_t seal(segment_space segment, std::size_t offset, stored_record fields) noexcept {
    std::byte* const at = segment.bytes.data() + offset;
    const std::size_t size = record_size(fields.kind, fields.payload_size);
    const std::size_t used = payload_offset(fields.kind) + fields.payload_size;
    std::memset(at + used, 0, size - used);
    if (offset + size < segment.bytes.size()) store_size(at + size, 0);

    fields.size = 0;
    std::memcpy(at, &fields, sizeof(fields));
    fields.checksum = checksum_of({at, size}, segment.position_first + offset);
    std::memcpy(at + offsetof(stored_record, checksum), &fields.checksum, sizeof(fields.checksum));
    store_size(at, static_cast<std::uint32_t>(size));
    return offset + size;
}

}  // namespace

scanned_record step_record(segment_view segment, std::size_t offset) noexcept {
    scanned_record scanned;
    if (offset + record_alignment > segment.bytes.size()) return scanned;
    const std::size_t left = segment.bytes.size() - offset;
    const std::byte* const at = segment.bytes.data() + offset;
    const std::size_t size = load_size(at);
    if (size == 0) return scanned;

    scanned.state = scan_state::damaged;
    if (size % record_alignment != 0 || size < sizeof(stored_record) || size > stored_size_max ||
        size > left)
        return scanned;
    std::memcpy(&scanned.fields, at, sizeof(scanned.fields));
    const stored_record& fields = scanned.fields;
    if (fields.payload_size > size || record_size(fields.kind, fields.payload_size) != size)
        return scanned;

    if (fields.kind == record_kind::event) scanned.slices = at + sizeof(stored_record);
    scanned.payload = {reinterpret_cast<const char*>(at) + payload_offset(fields.kind),
                       fields.payload_size};
    scanned.state = scan_state::record;
    return scanned;
}

scanned_record scan_record(segment_view segment, std::size_t offset) noexcept {
    scanned_record scanned = step_record(segment, offset);
    if (scanned.state != scan_state::record) return scanned;
    const auto stored = segment.bytes.subspan(offset, scanned.fields.size);
    if (checksum_of(stored, segment.position_first + offset) != scanned.fields.checksum ||
        !contents_fit(scanned.fields, scanned.slices))
        scanned.state = scan_state::damaged;
    return scanned;
}

std::size_t find_record(segment_view segment, std::size_t from) noexcept {
    // So that bytes made to look like sizes cannot take hours.
    std::size_t budget = 4 * segment.bytes.size();
    const std::size_t end = segment.bytes.size() - segment.bytes.size() % record_alignment;
    for (; from < end; from += record_alignment) {
        if (load_size(segment.bytes.data() + from) == 0) continue;  // most of it, and quickly
        const scanned_record stepped = step_record(segment, from);
        if (stepped.state != scan_state::record) continue;
        if (stepped.fields.size > budget) break;
        budget -= stepped.fields.size;
        if (scan_record(segment, from).state == scan_state::record) return from;
    }
    return segment.bytes.size();
}

record to_record(const scanned_record& scanned, std::uint64_t position, std::string_view pbx) {
    const stored_record& fields = scanned.fields;
    record out;
    out.sequence = fields.sequence;
    out.position = position;
    out.position_next = position + fields.size;
    out.type = static_cast<event_type>(fields.type);
    out.time = timestamp{duration{fields.time_us}};
    out.recorded_time = timestamp{duration{fields.recorded_us}};
    out.pbx = pbx;
    out.pbx_sequence = fields.pbx_sequence;
    out.escaped = fields.escaped != 0;
    std::memcpy(out.attributes.data(), scanned.slices, sizeof(out.attributes));
    out.payload = scanned.payload;
    return out;
}

std::size_t seal_event(segment_space segment, std::size_t offset, stored_record fields,
                       const attribute_slices& slices) noexcept {
    fields.kind = record_kind::event;
    std::memcpy(segment.bytes.data() + offset + sizeof(fields), slices.data(), sizeof(slices));
    return seal(segment, offset, fields);
}

std::size_t put_record(segment_space segment, std::size_t offset, stored_record fields,
                       named_value content) noexcept {
    fields.name_size = static_cast<std::uint16_t>(content.name.size());
    fields.payload_size = static_cast<std::uint32_t>(content.name.size() + content.value.size());
    std::byte* const payload = segment.bytes.data() + offset + payload_offset(fields.kind);
    content.name.copy(reinterpret_cast<char*>(payload), content.name.size());
    content.value.copy(reinterpret_cast<char*>(payload) + content.name.size(),
                       content.value.size());
    return seal(segment, offset, fields);
}

}  // namespace callstream
