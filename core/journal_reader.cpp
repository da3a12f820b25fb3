#include "core/journal_reader.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "core/cursor_file.h"
#include "core/journal_core.h"

namespace callstream {

namespace {

// A place between two records, and which event comes next there.
struct place {
    std::uint64_t position = 0;
    std::uint64_t sequence_next = 0;
};

// The first record boundary at or behind `position`, stepping from `from`, which is one. Where
// damage is in the way, `position` itself, and the sequence as far as it was counted.
place step_to(segment_view segment, place from, std::uint64_t position) {
    while (from.position < position) {
        const auto stepped = step_record(segment, from.position - segment.position_first);
        if (stepped.state == scan_state::end) return from;
        if (stepped.state == scan_state::damaged) return {position, from.sequence_next};
        if (stepped.fields.kind == record_kind::event)
            from.sequence_next = stepped.fields.sequence + 1;
        from.position += stepped.fields.size;
    }
    return from;
}

// Where a segment's records begin. Each of them proves itself: a damaged header does no harm.
place start_of(const segment& held) {
    place start{held.position_first() + sizeof(segment_header), 0};
    if (held.header().state == header_state::valid) {
        start.sequence_next = held.header().header.sequence_first;
        return start;
    }
    std::size_t offset = sizeof(segment_header);
    for (;;) {
        const auto stepped = step_record(held.view(), offset);
        if (stepped.state != scan_state::record) return start;
        start.sequence_next = stepped.fields.sequence;
        if (stepped.fields.kind == record_kind::event) return start;
        offset += stepped.fields.size;
    }
}

}  // namespace

class journal_reader::state {
public:
    state(journal& source, std::string_view name) : core_(source.core()) { holder_.name = name; }
    ~state();
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    result<void> open(start_at begin);
    result<std::optional<record>> next();
    void seek(std::uint64_t position);
    void release(std::uint64_t position);
    result<void> acknowledge(std::uint64_t position);

    std::uint64_t acknowledged() const noexcept { return holder_.acknowledged.load(); }
    std::uint64_t position() const noexcept { return at_.position; }
    std::uint64_t skipped_count() const noexcept { return skipped_count_; }

private:
    bool named() const noexcept { return !holder_.name.empty(); }
    result<void> find_start(start_at begin, const cursor_check& found);
    void take(segment& held);
    result<void> move_on();
    const segment* holding(std::uint64_t position) const noexcept;

    journal_core& core_;
    segment_holder holder_;
    bool joined_ = false;
    std::optional<cursor_file> cursor_;
    std::vector<segment*> held_;  // by position; all that may be borrowed from, and read_
    segment* read_ = nullptr;
    place at_;                    // what next() gives
    std::uint64_t furthest_ = 0;  // that next() ever came to
    place acknowledged_;          // the cursor
    std::uint64_t skipped_count_ = 0;
};

journal_reader::state::~state() {
    if (joined_) core_.segments().leave(holder_);
    for (segment* const held : held_)
        held->unhold();
}

result<void> journal_reader::state::open(start_at begin) {
    held_.reserve(16);
    cursor_check found;
    if (named()) {
        if (!is_cursor_name(holder_.name))
            return failure(errc::bad_config, "a reader's name must be able to name a file");
        // Until it is known where to start, nothing is deleted: acknowledged is 0.
        joined_ = core_.segments().join(holder_);
        if (!joined_) return failure(errc::invalid_state, "a reader of that name is there");
        const journal_directory& directory = core_.segments().directory();
        if (!directory.in_memory()) {
            auto opened = cursor_file::open(cursor_path(directory.path(), holder_.name));
            if (!opened) return tl::unexpected(opened.error());
            found = opened->found();
            cursor_ = std::move(*opened);
        }
    }
    if (const auto started = find_start(begin, found); !started) return started;
    acknowledged_ = at_;
    furthest_ = at_.position;
    holder_.acknowledged.store(at_.position);
    if (cursor_) return cursor_->store({at_.position, at_.sequence_next});
    return {};
}

result<void> journal_reader::state::find_start(start_at begin, const cursor_check& found) {
    std::uint64_t wanted = begin == start_at::newest ? core_.published() : 0;
    if (found.state == cursor_state::valid) wanted = found.value.position;
    if (found.state == cursor_state::damaged) wanted = 0;

    segment& first = core_.segments().hold_at(wanted);
    take(first);
    at_ = step_to(first.view(), start_of(first), wanted);
    if (found.state == cursor_state::none) return {};
    const std::uint64_t expected =
        found.state == cursor_state::valid ? found.value.sequence_next : 1;
    if (at_.sequence_next > expected) skipped_count_ = at_.sequence_next - expected;
    return {};
}

void journal_reader::state::take(segment& held) {
    read_ = &held;
    const auto after = std::find_if(held_.begin(), held_.end(), [&](const segment* other) {
        return other->position_first() >= held.position_first();
    });
    if (after != held_.end() && *after == &held)
        held.unhold();  // once is enough
    else
        held_.insert(after, &held);
}

const segment* journal_reader::state::holding(std::uint64_t position) const noexcept {
    for (const segment* const held : held_)
        if (position > held->position_first() && position <= held->position_end()) return held;
    return nullptr;
}

// Into the next segment. That a record is missing shows in the sequence, unless a whole segment is.
result<void> journal_reader::state::move_on() {
    constexpr std::string_view what = "a segment's records end too early";
    const std::uint64_t end = read_->position_end();
    if (core_.published() <= end) return failure(errc::corrupt, what);
    segment& next = core_.segments().hold_at(end);
    const place start = start_of(next);
    const bool follows =
        next.position_first() == end || read_->header().state != header_state::valid;
    if (start.sequence_next < at_.sequence_next ||
        (follows && start.sequence_next != at_.sequence_next)) {
        next.unhold();
        return failure(errc::corrupt, what);
    }
    skipped_count_ += start.sequence_next - at_.sequence_next;
    take(next);
    at_ = start;
    return {};
}

result<std::optional<record>> journal_reader::state::next() {
    while (at_.position < core_.published()) {
        const auto scanned = scan_record(read_->view(), at_.position - read_->position_first());
        if (scanned.state == scan_state::end) {
            if (const auto moved = move_on(); !moved) return tl::unexpected(moved.error());
            continue;
        }
        const stored_record& fields = scanned.fields;
        if (scanned.state == scan_state::damaged)
            return failure(errc::corrupt, "a record does not match its checksum");
        if (fields.kind != record_kind::event) {
            at_.position += fields.size;
            furthest_ = std::max(furthest_, at_.position);
            continue;
        }
        if (fields.sequence != at_.sequence_next || fields.pbx >= core_.pbxs().count())
            return failure(errc::corrupt, "a record does not follow the one before it");
        const record found = to_record(scanned, at_.position, core_.pbxs().name_of(fields.pbx));
        at_ = {found.position_next, found.sequence + 1};
        furthest_ = std::max(furthest_, at_.position);
        return found;
    }
    return std::nullopt;
}

void journal_reader::state::seek(std::uint64_t position) {
    const std::uint64_t wanted = std::min(position, core_.published());
    segment& found = core_.segments().hold_at(wanted);
    take(found);
    at_ = step_to(found.view(), start_of(found), wanted);
}

void journal_reader::state::release(std::uint64_t position) {
    std::size_t done = 0;
    while (done < held_.size() && held_[done] != read_ && held_[done]->position_end() <= position)
        held_[done++]->unhold();
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
}

result<void> journal_reader::state::acknowledge(std::uint64_t position) {
    if (position > furthest_)
        return failure(errc::invalid_state, "what was not read cannot be acknowledged");
    if (position <= acknowledged_.position) return {};
    place reached{position, at_.sequence_next};
    if (const segment* const held = holding(position)) {
        const place start = start_of(*held);
        const place from = acknowledged_.position < start.position ? start : acknowledged_;
        reached.sequence_next = step_to(held->view(), from, position).sequence_next;
    }
    if (cursor_) {
        const auto stored = cursor_->store({reached.position, reached.sequence_next});
        if (!stored) return stored;
    }
    acknowledged_ = reached;
    holder_.acknowledged.store(position);
    release(position);
    return {};
}

journal_reader::journal_reader(std::unique_ptr<state> inner) : state_(std::move(inner)) {}
journal_reader::~journal_reader() = default;

result<std::unique_ptr<journal_reader>> journal_reader::open(journal& source, std::string_view name,
                                                             start_at begin) {
    auto inner = std::make_unique<state>(source, name);
    if (const auto opened = inner->open(begin); !opened) return tl::unexpected(opened.error());
    return std::unique_ptr<journal_reader>(new journal_reader(std::move(inner)));
}

result<std::optional<record>> journal_reader::next() {
    return state_->next();
}

void journal_reader::seek(std::uint64_t position) {
    state_->seek(position);
}

void journal_reader::release(std::uint64_t position) {
    state_->release(position);
}

result<void> journal_reader::acknowledge(std::uint64_t position) {
    return state_->acknowledge(position);
}

std::uint64_t journal_reader::acknowledged() const noexcept {
    return state_->acknowledged();
}

std::uint64_t journal_reader::position() const noexcept {
    return state_->position();
}

std::uint64_t journal_reader::skipped_count() const noexcept {
    return state_->skipped_count();
}

}  // namespace callstream
