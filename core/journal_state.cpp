#include "core/journal_state.h"

#include <algorithm>

namespace callstream {

std::optional<std::uint16_t> pbx_table::find(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < entries_.size(); ++i)
        if (entries_[i].name == name) return static_cast<std::uint16_t>(i);
    return std::nullopt;
}

bool pbx_table::add(std::uint16_t index, std::string_view name, std::uint64_t sequence) {
    if (index < entries_.size()) {
        return entries_[index].name == name && entries_[index].sequence == sequence;
    }
    if (index > entries_.size() || index >= limits::pbx_count_max || find(name)) return false;
    entries_.push_back({std::string(name), sequence});
    count_.store(entries_.size(), std::memory_order_release);
    return true;
}

void journal_state::begin(const segment_header& header) noexcept {
    epoch = std::max(epoch, header.epoch);
    sequence = header.sequence_first - 1;
    durable = std::max(durable, header.durable);
    recorded_last = timestamp{duration{header.recorded_us}};
}

bool journal_state::apply(const scanned_record& scanned) {
    const stored_record& fields = scanned.fields;
    switch (fields.kind) {
        case record_kind::event: {
            if (fields.sequence != sequence + 1 || fields.pbx >= pbxs.count()) return false;
            if (fields.pbx_sequence != pbxs.sequence_of(fields.pbx) + 1) return false;
            pbxs.set_sequence(fields.pbx, fields.pbx_sequence);
            sequence = fields.sequence;
            recorded_last = timestamp{duration{fields.recorded_us}};
            return true;
        }
        case record_kind::pbx:
            return pbxs.add(fields.pbx, scanned.name(), fields.pbx_sequence);
        case record_kind::position:
            set_position(scanned.name(), scanned.value());
            return true;
        case record_kind::epoch:
            epoch = fields.epoch;
            durable = std::max(durable, fields.sequence);
            return true;
    }
    return false;
}

void journal_state::set_position(std::string_view name, std::string_view value) {
    auto found = positions_.find(name);
    if (value.empty()) {
        if (found == positions_.end()) return;
        positions_size_ -= record_size(record_kind::position, name.size() + found->second.size());
        positions_.erase(found);
        return;
    }
    if (found == positions_.end())
        found = positions_.emplace(name, std::string()).first;
    else
        positions_size_ -= record_size(record_kind::position, name.size() + found->second.size());
    positions_size_ += record_size(record_kind::position, name.size() + value.size());
    found->second = value;
}

std::size_t journal_state::carried_size() const noexcept {
    constexpr std::size_t pbx_size_max = record_size(record_kind::pbx, limits::name_size_max);
    return record_size(record_kind::epoch, 0) + pbxs.count() * pbx_size_max + positions_size_;
}

replay_end replay_segment(segment_view segment, journal_state& state) {
    replay_end reached;
    for (;;) {
        const scanned_record scanned = scan_record(segment, reached.offset);
        reached.reason = scanned.state;
        if (scanned.state != scan_state::record) return reached;
        if (!state.apply(scanned)) {
            reached.reason = scan_state::damaged;
            return reached;
        }
        if (scanned.fields.kind == record_kind::epoch) reached.carried = true;
        reached.offset += scanned.fields.size;
    }
}

}  // namespace callstream
