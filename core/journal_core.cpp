#include "core/journal_core.h"

#include <algorithm>

#include "core/ensure.h"
#include "core/limits.h"

namespace callstream {

namespace {

std::int64_t to_stored(timestamp time) noexcept {
    return time.time_since_epoch().count();
}

std::uint32_t next_epoch(std::uint32_t last) noexcept {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now().time_since_epoch());
    return std::max(static_cast<std::uint32_t>(seconds.count()), last + 1);
}

// What is carried into a segment takes no more than a part of it.
constexpr std::size_t carried_part = 4;

constexpr std::size_t page_size = 4096;

}  // namespace

journal_core::journal_core(const journal_settings& settings, recovered_journal found)
    : state_(std::move(found.state)),
      store_(std::move(found.directory), settings),
      syncer_(store_, settings) {
    for (auto& kept : found.segments) {
        written_ = kept.get();
        store_.append(std::move(kept));
    }
    if (written_ != nullptr) writer_.enter(*written_, found.offset);
    for (auto& known : found.cursors)
        store_.add_orphan(std::move(known.name), known.position);
    const std::size_t size_min = state_->carried_size() * carried_part;
    const std::size_t size = std::max<std::size_t>(size_min, store_.segment_size());
    store_.set_segment_size((size + page_size - 1) / page_size * page_size);
}

journal_core::~journal_core() {
    if (!started_) return;
    writer_.flush();
    syncer_.finish();
    // Tells the next run that nothing can be torn; where it fails, that one looks for itself.
    state_->durable = syncer_.on_disk();
    (void)put_epoch();
}

result<void> journal_core::start() {
    state_->epoch = next_epoch(state_->epoch);
    if (written_ == nullptr)
        if (const auto rolled = roll(); !rolled) return rolled;
    // What was recovered is on disk.
    state_->durable = writer_.position();
    if (const auto put = put_epoch(); !put) return put;
    if (const auto synced = store_.directory().sync(); !synced) return synced;
    published_.store(writer_.position(), std::memory_order_release);
    syncer_.start(writer_.position());
    started_ = true;
    return {};
}

result<void> journal_core::put_epoch() {
    stored_record fields;
    fields.kind = record_kind::epoch;
    fields.epoch = state_->epoch;
    fields.sequence = state_->durable;
    // Where it does not fit, no event fits before the next segment, which begins with it.
    if (writer_.left() >= record_size(fields.kind, 0)) writer_.put(fields, {});
    writer_.flush();
    return written_->sync(0, writer_.position() - written_->position_first());
}

timestamp journal_core::next_recorded_time(timestamp now) const noexcept {
    return std::max(now, state_->recorded_last);
}

result<void> journal_core::roll() {
    auto next = store_.next(state_->recorded_last, published());
    if (!next) return tl::unexpected(next.error());
    segment& begun = **next;
    segment_header header;
    header.sequence_first = state_->sequence + 1;
    header.recorded_us = to_stored(state_->recorded_last);
    header.epoch = state_->epoch;
    header.durable = state_->durable = std::max(state_->durable, syncer_.on_disk());
    // The old one first: who follows in another process moves on once the new one has begun.
    if (written_ != nullptr) writer_.flush();
    begun.begin(header);
    writer_.enter(begun, sizeof(segment_header));
    state_->carry(
        [this](const stored_record& fields, named_value content) { writer_.put(fields, content); });
    written_ = &begun;
    store_.append(std::move(*next));
    syncer_.wake();
    return {};
}

bool journal_core::carries(std::size_t more) const noexcept {
    return state_->carried_size() + more <= store_.segment_size() / carried_part;
}

result<void> journal_core::put(const stored_record& fields, named_value content) {
    const std::size_t size = record_size(fields.kind, content.name.size() + content.value.size());
    if (!carries(size)) return failure(errc::too_large, "too many positions or PBXes");
    room_size_ = 0;
    if (writer_.left() < size)
        if (const auto rolled = roll(); !rolled) return rolled;
    writer_.put(fields, content);
    return {};
}

result<std::uint16_t> journal_core::pbx_index(std::string_view name) {
    if (const auto known = state_->pbxs.find(name)) return *known;
    if (name.empty() || name.size() > limits::name_size_max)
        return failure(errc::too_large, "the name of a PBX is empty or too long");
    if (state_->pbxs.count() >= limits::pbx_count_max)
        return failure(errc::too_large, "too many PBXes");
    stored_record fields;
    fields.kind = record_kind::pbx;
    fields.pbx = static_cast<std::uint16_t>(state_->pbxs.count());
    if (const auto done = put(fields, {name, {}}); !done) return tl::unexpected(done.error());
    state_->pbxs.add(fields.pbx, name, 0);
    return fields.pbx;
}

result<void> journal_core::set_position(std::string_view name, std::string_view value) {
    if (name.empty() || name.size() > limits::position_name_size_max)
        return failure(errc::too_large, "the name of a position is empty or too long");
    if (value.size() > limits::position_size_max)
        return failure(errc::too_large, "a position is too long");
    const auto& positions = state_->positions();
    if (positions.size() >= limits::position_count_max && positions.find(name) == positions.end())
        return failure(errc::too_large, "too many positions");
    stored_record fields;
    fields.kind = record_kind::position;
    if (const auto done = put(fields, {name, value}); !done) return done;
    state_->set_position(name, value);
    return {};
}

result<std::span<char>> journal_core::room(std::size_t size_min) {
    if (size_min > limits::record_size_max)
        return failure(errc::too_large, "an event is larger than a record may be");
    room_size_ = 0;
    if (writer_.left() < record_size(record_kind::event, size_min))
        if (const auto rolled = roll(); !rolled) return tl::unexpected(rolled.error());
    const std::span<char> room = writer_.room();
    room_size_ = room.size();
    return room;
}

void journal_core::commit(const record_header& header, std::size_t size, timestamp now) {
    ensure(size <= room_size_, "no more is committed than there was room for");
    ensure(header.pbx < state_->pbxs.count(), "an event is of a registered PBX");
    for (const attribute_slice slice : header.attributes)
        ensure(slice.offset <= size && slice.size <= size - slice.offset,
               "an attribute lies in its payload");
    room_size_ = 0;
    state_->recorded_last = next_recorded_time(now);

    stored_record fields;
    fields.escaped = header.escaped ? 1 : 0;
    fields.pbx = header.pbx;
    fields.type = static_cast<std::uint16_t>(header.type);
    fields.sequence = ++state_->sequence;
    fields.pbx_sequence = state_->pbxs.sequence_of(header.pbx) + 1;
    fields.time_us = to_stored(header.time);
    fields.recorded_us = to_stored(state_->recorded_last);
    fields.payload_size = static_cast<std::uint32_t>(size);
    state_->pbxs.set_sequence(header.pbx, fields.pbx_sequence);
    writer_.seal(fields, header.attributes);
}

void journal_core::publish() {
    const std::uint64_t reached = writer_.position();
    if (reached == published_.load(std::memory_order_relaxed)) return;
    room_size_ = 0;  // the memory that room() gave is used again
    writer_.flush();
    published_.store(reached, std::memory_order_release);
    syncer_.published(reached);
    if (on_published_) on_published_();
}

void journal_core::reclaim(timestamp now) {
    store_.reclaim(now, published());
    syncer_.wake();
}

journal_usage journal_core::usage() const {
    journal_usage used = store_.usage();
    used.position_next = published();
    return used;
}

}  // namespace callstream
