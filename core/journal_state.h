// What a journal remembers beside its records: PBXes with their sequences, source positions, the
// last sequence and time. Built by reading records; carried into each new segment.
//
// Threads: the writer's, but pbx_table::count() and name_of() of an index below it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/limits.h"
#include "core/record_codec.h"
#include "core/segment.h"
#include "core/time.h"

namespace callstream {

class pbx_table {
public:
    pbx_table() { entries_.reserve(limits::pbx_count_max); }
    pbx_table(const pbx_table&) = delete;
    pbx_table& operator=(const pbx_table&) = delete;

    std::size_t count() const noexcept { return count_.load(std::memory_order_acquire); }
    std::optional<std::uint16_t> find(std::string_view name) const noexcept;
    // Indices are given in order; false when this is not the next one, nor what is known of it.
    bool add(std::uint16_t index, std::string_view name, std::uint64_t sequence);
    std::string_view name_of(std::size_t index) const noexcept {
        return entries_.data()[index].name;
    }
    std::uint64_t sequence_of(std::size_t index) const noexcept { return entries_[index].sequence; }
    void set_sequence(std::size_t index, std::uint64_t last) noexcept {
        entries_[index].sequence = last;
    }

private:
    struct entry {
        std::string name;
        std::uint64_t sequence = 0;  // of its last event
    };
    std::vector<entry> entries_;  // stays where it is: readers look up names in it
    std::atomic<std::size_t> count_{0};
};

class journal_state {
public:
    std::uint32_t epoch = 0;
    std::uint64_t sequence = 0;  // of the last event
    timestamp recorded_last{};
    std::uint64_t durable = 0;  // the position below which all is known to be on disk
    pbx_table pbxs;

    // Takes over what a segment's header or a record says. False when the record does not follow
    // from what came before: not its sequence, or a PBX that was never registered.
    void begin(const segment_header& header) noexcept;
    bool apply(const scanned_record& scanned);

    struct name_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const noexcept {
            return std::hash<std::string_view>{}(name);
        }
    };
    using position_map = std::unordered_map<std::string, std::string, name_hash, std::equal_to<>>;
    const position_map& positions() const noexcept { return positions_; }
    void set_position(std::string_view name, std::string_view value);

    // As records at the start of a segment, the epoch last; carried_size() is their bound.
    std::size_t carried_size() const noexcept;
    template <class Put>
    void carry(const Put& put) const {
        stored_record fields;
        fields.kind = record_kind::pbx;
        for (std::size_t i = 0; i < pbxs.count(); ++i) {
            fields.pbx = static_cast<std::uint16_t>(i);
            fields.pbx_sequence = pbxs.sequence_of(i);
            put(fields, named_value{pbxs.name_of(i), {}});
        }
        fields = {};
        fields.kind = record_kind::position;
        for (const auto& [name, value] : positions_)
            put(fields, named_value{name, value});
        fields = {};
        fields.kind = record_kind::epoch;
        fields.epoch = epoch;
        fields.sequence = durable;
        put(fields, named_value{});
    }

private:
    position_map positions_;
    std::size_t positions_size_ = 0;  // of their records
};

// Reads records from the start of a segment until one is missing, damaged or does not follow.
struct replay_end {
    std::size_t offset = sizeof(segment_header);
    scan_state reason = scan_state::end;
    bool carried = false;  // whole: it says all that the segments before it said
};
replay_end replay_segment(segment_view segment, journal_state& state);

}  // namespace callstream
