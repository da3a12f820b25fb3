#include "core/journal_reader.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/cursor_file.h"
#include "core/journal_core.h"
#include "core/kept_payloads.h"
#include "core/log.h"
#include "core/unsettled_events.h"

namespace callstream {

namespace {

constexpr std::uint64_t cursor_every = 4096;  // records left out in a row

// A place between two records, and which event comes next there.
struct place {
    std::uint64_t position = 0;
    std::uint64_t sequence_next = 0;
};

// The first record boundary at or behind `position`, stepping from `from`, which is one, and over
// what is damaged. `on_event` sees what is stored of each event on the way.
template <class Each>
place step_to(segment_view segment, place from, std::uint64_t position, const Each& on_event) {
    while (from.position < position) {
        const std::size_t offset = from.position - segment.position_first;
        const auto stepped = step_record(segment, offset);
        if (stepped.state == scan_state::record) {
            if (stepped.fields.kind == record_kind::event) {
                from.sequence_next = stepped.fields.sequence + 1;
                on_event(stepped.fields);
            }
            from.position += stepped.fields.size;
            continue;
        }
        const std::size_t whole = find_record(segment, offset + record_alignment);
        if (whole < segment.bytes.size())
            from.position = segment.position_first + whole;
        else if (stepped.state == scan_state::end)
            return from;
        else
            from.position = position;
    }
    return from;
}

place step_to(segment_view segment, place from, std::uint64_t position) {
    return step_to(segment, from, position, [](const stored_record&) {});
}

// Where a segment's records begin, and the sequence of its first event, 0 if it cannot be known.
// Each record proves itself: a damaged header does no harm.
place start_of(const segment& held) {
    place start{held.position_first() + sizeof(segment_header), 0};
    if (held.header().state == header_state::valid) {
        start.sequence_next = held.header().header.sequence_first;
        return start;
    }
    const segment_view view = held.view();
    for (std::size_t offset = sizeof(segment_header); offset < view.bytes.size();) {
        const auto stepped = step_record(view, offset);
        if (stepped.state != scan_state::record) {
            offset = find_record(view, offset + record_alignment);
            continue;
        }
        if (stepped.fields.kind == record_kind::event) {
            start.sequence_next = stepped.fields.sequence;
            return start;
        }
        offset += stepped.fields.size;
    }
    return start;
}

}  // namespace

class journal_reader::state {
public:
    state(journal& source, std::string_view name) : core_(source.core()) { holder_.name = name; }
    ~state();
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    result<void> open(start_at begin);
    void set_shaper(std::unique_ptr<record_shaper> shaper) { shaper_ = std::move(shaper); }
    result<std::optional<record>> next();
    void seek(std::uint64_t position);
    void release(std::uint64_t position);
    result<void> acknowledge(std::uint64_t position);

    std::uint64_t acknowledged() const noexcept { return holder_.acknowledged.load(); }
    std::uint64_t acknowledged_sequence() const noexcept {
        return acknowledged_sequence_.load(std::memory_order_relaxed);
    }
    std::uint64_t position() const noexcept { return at_.position; }
    const latency_histogram& settled() const noexcept { return settled_; }
    std::uint64_t skipped_count() const noexcept {
        return skipped_count_.load(std::memory_order_relaxed);
    }
    std::uint64_t left_out_count() const noexcept {
        return left_out_count_.load(std::memory_order_relaxed);
    }

private:
    bool named() const noexcept { return !holder_.name.empty(); }
    result<void> find_start(start_at begin, const cursor_check& found);
    void note_acknowledged(place reached) noexcept;
    void take(segment& held);
    void enter_next();
    bool move_on();
    void pass_damage();
    bool leaves_out(const record& found);
    void reshape(record& found);
    void pass_left_out();
    void note_loss(std::uint64_t sequence, std::uint64_t position);
    place settle(std::uint64_t position);
    template <class Count>
    place look_up(place from, std::uint64_t position, const Count& count);

    journal_core& core_;
    segment_holder holder_;
    bool joined_ = false;
    std::optional<cursor_file> cursor_;
    std::vector<segment*> held_;  // by position; all that may be borrowed from, and read_
    segment* read_ = nullptr;
    place at_;                    // what next() gives
    std::uint64_t furthest_ = 0;  // that next() ever came to
    place acknowledged_;          // the cursor
    unsettled_events unsettled_;  // behind it
    std::atomic<std::uint64_t> acknowledged_sequence_{0};
    std::atomic<std::uint64_t> skipped_count_{0};
    kept_payloads kept_;
    std::unique_ptr<record_shaper> shaper_;  // null: the sink gets everything
    std::uint64_t given_ = 0;                // the end of the last record that the sink got
    std::atomic<std::uint64_t> left_out_count_{0};
    latency_histogram settled_;
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
        unsettled_.reserve();
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
    note_acknowledged(at_);
    unsettled_.restart(at_.position);
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
    const std::uint64_t sequence = std::exchange(at_.sequence_next, expected);
    if (sequence > expected) note_loss(sequence, at_.position);
    at_.sequence_next = sequence;
    return {};
}

void journal_reader::state::note_acknowledged(place reached) noexcept {
    acknowledged_ = reached;
    if (reached.sequence_next > 0)
        acknowledged_sequence_.store(reached.sequence_next - 1, std::memory_order_relaxed);
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

// Into the next segment. What is missing shows in the sequence of the next event.
void journal_reader::state::enter_next() {
    segment& next = core_.segments().hold_at(read_->position_end());
    take(next);
    at_.position = start_of(next).position;
}

// At the end of a segment's records; false if that is not where they should end.
bool journal_reader::state::move_on() {
    const std::uint64_t end = read_->position_end();
    if (core_.published() <= end) return false;
    segment& next = core_.segments().hold_at(end);
    const place start = start_of(next);
    next.unhold();
    if (start.sequence_next != at_.sequence_next && at_.sequence_next != 0) return false;
    enter_next();
    return true;
}

// To the next place where a whole record may be. The rest of what was published, at worst.
void journal_reader::state::pass_damage() {
    const std::uint64_t published = core_.published();  // once: the writer goes on meanwhile
    const std::size_t offset = at_.position - read_->position_first();
    const std::size_t whole = find_record(read_->view(), offset + record_alignment);
    const std::uint64_t position = read_->position_first() + whole;
    if (whole < read_->view().bytes.size() && position < published)
        at_.position = position;
    else if (published > read_->position_end())
        enter_next();
    else
        at_.position = published;
}

// The events before `sequence`, at `position`, cannot be read. What was passed over once and is
// read again was counted then.
void journal_reader::state::note_loss(std::uint64_t sequence, std::uint64_t position) {
    if (position < furthest_) return;
    const std::uint64_t count = sequence - at_.sequence_next;
    skipped_count_.fetch_add(count, std::memory_order_relaxed);
    log_error("events of the journal are damaged or gone; the sink goes on behind them",
              {{"sink", holder_.name},
               {"events", count},
               {"sequence_first", at_.sequence_next},
               {"sequence_last", sequence - 1},
               {"position", position}});
}

result<std::optional<record>> journal_reader::state::next() {
    while (at_.position < core_.published()) {
        const auto scanned = scan_record(read_->view(), at_.position - read_->position_first());
        const stored_record& fields = scanned.fields;
        if (scanned.state == scan_state::end && move_on()) continue;
        if (scanned.state != scan_state::record) {
            pass_damage();
            continue;
        }
        const bool usable = fields.kind == record_kind::event &&
                            fields.sequence >= at_.sequence_next &&
                            fields.pbx < core_.pbxs().count();
        if (!usable) {
            at_.position += fields.size;
            furthest_ = std::max(furthest_, at_.position);
            continue;
        }
        if (fields.sequence != at_.sequence_next && at_.sequence_next != 0)
            note_loss(fields.sequence, at_.position);
        record found = to_record(scanned, at_.position, core_.pbxs().name_of(fields.pbx));
        const bool left_out = shaper_ && leaves_out(found);
        at_ = {found.position_next, found.sequence + 1};
        if (named()) unsettled_.add({found.position_next, found.sequence, fields.recorded_us});
        furthest_ = std::max(furthest_, at_.position);
        if (left_out) continue;
        given_ = std::max(given_, at_.position);
        if (shaper_) reshape(found);
        return found;
    }
    pass_left_out();
    return std::nullopt;
}

void journal_reader::state::reshape(record& found) {
    const char* const stored = found.payload.data();
    shaper_->reshape(found);
    if (found.payload.data() != stored)
        found.payload = kept_.keep(found.payload, found.position_next);
}

bool journal_reader::state::leaves_out(const record& found) {
    if (shaper_->wants(found)) return false;
    if (found.position < furthest_) return true;  // counted when it was read first
    const auto count = left_out_count_.fetch_add(1, std::memory_order_relaxed);
    if (count % cursor_every == 0) pass_left_out();
    return true;
}

// Where nothing waits for the sink's acknowledgement, the cursor goes on without one: over what was
// left out, and over records that are no events.
void journal_reader::state::pass_left_out() {
    if (given_ > acknowledged_.position) return;
    if (const auto stored = acknowledge(at_.position); !stored)
        log_error("the cursor cannot be stored",
                  {{"sink", holder_.name}, {"reason", stored.error().what}});
}

void journal_reader::state::seek(std::uint64_t position) {
    const std::uint64_t wanted = std::min(position, core_.published());
    segment& found = core_.segments().hold_at(wanted);
    take(found);
    at_ = step_to(found.view(), start_of(found), wanted);
    unsettled_.restart(at_.position);
    furthest_ = std::max(furthest_, at_.position);  // what lies before is not waited for
}

void journal_reader::state::release(std::uint64_t position) {
    kept_.release(position);
    std::size_t done = 0;
    while (done < held_.size() && held_[done] != read_ && held_[done]->position_end() <= position)
        held_[done++]->unhold();
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(done));
}

// From the cursor to `position`, an event at a time: how long each took is counted, but for what a
// reader without a cursor reads again at each start.
place journal_reader::state::settle(std::uint64_t position) {
    const std::int64_t time_us = now().time_since_epoch().count();
    const auto count = [this, time_us](std::int64_t recorded_us) {
        if (named()) settled_.add(duration(time_us - recorded_us));
    };
    // After seek() there may be events that were settled before.
    unsettled_.take(acknowledged_.position, [](const unsettled_events::event&) {});
    place reached = look_up(acknowledged_, std::min(position, unsettled_.begin()), count);
    unsettled_.take(position, [&](const unsettled_events::event& passed) {
        reached = {passed.position_next, passed.sequence + 1};
        count(passed.recorded_us);
    });
    if (position <= unsettled_.end()) return {position, reached.sequence_next};
    reached = look_up(reached, position, count);
    unsettled_.restart(at_.position);
    return reached;
}

// From one place to another over what is stored. What lies at the end of a segment that is held no
// more is not counted.
template <class Count>
place journal_reader::state::look_up(place from, std::uint64_t position, const Count& count) {
    if (position <= from.position) return from;
    place reached{position, at_.sequence_next};
    for (const segment* const held : held_) {
        const std::uint64_t end = std::min(position, held->position_end());
        if (end <= from.position || held->position_first() >= position) continue;
        const place start = start_of(*held);
        const place last = step_to(held->view(), from.position < start.position ? start : from, end,
                                   [&](const stored_record& stored) { count(stored.recorded_us); });
        if (end == position) reached.sequence_next = last.sequence_next;
    }
    return reached;
}

result<void> journal_reader::state::acknowledge(std::uint64_t position) {
    if (position > furthest_)
        return failure(errc::invalid_state, "what was not read cannot be acknowledged");
    // What is behind the last record that the sink got is done with it.
    if (position >= given_) position = std::max(position, at_.position);
    if (position <= acknowledged_.position) return {};
    const place reached = settle(position);
    if (cursor_) {
        const auto stored = cursor_->store({reached.position, reached.sequence_next});
        if (!stored) return stored;
    }
    note_acknowledged(reached);
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

void journal_reader::set_shaper(std::unique_ptr<record_shaper> shaper) {
    state_->set_shaper(std::move(shaper));
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

std::uint64_t journal_reader::acknowledged_sequence() const noexcept {
    return state_->acknowledged_sequence();
}

std::uint64_t journal_reader::position() const noexcept {
    return state_->position();
}

const latency_histogram& journal_reader::settled() const noexcept {
    return state_->settled();
}

std::uint64_t journal_reader::skipped_count() const noexcept {
    return state_->skipped_count();
}

std::uint64_t journal_reader::left_out_count() const noexcept {
    return state_->left_out_count();
}

}  // namespace callstream
