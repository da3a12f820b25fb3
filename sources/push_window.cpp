#include "sources/push_window.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <string>
#include <utility>

#include "core/crc64.h"
#include "core/ensure.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t slot_count_max = push_window::in_flight_max + push_window::doubtful_max;
constexpr std::size_t slots_kept = 64;  // more than are usually in flight
constexpr milliseconds slot_idle_time{10'000};

// Such as push.0.17; no allocation, for it is made twice for each report.
class slot_name {
public:
    slot_name(std::uint16_t pbx, std::uint32_t slot) noexcept {
        append("push.");
        append(pbx);
        append(".");
        append(slot);
    }
    std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    void append(std::string_view words) noexcept {
        size_ += words.copy(text_.data() + size_, text_.size() - size_);
    }
    void append(std::uint32_t number) noexcept {
        char* const begin = text_.data() + size_;
        const char* const end = std::to_chars(begin, text_.data() + text_.size(), number).ptr;
        size_ += static_cast<std::size_t>(end - begin);
    }

    std::array<char, 24> text_;
    std::size_t size_ = 0;
};

// Four numbers of up to 64 bits in hex, each with a space behind it.
class report_text {
public:
    explicit report_text(const std::array<std::uint64_t, 4>& values) noexcept {
        for (const std::uint64_t value : values) {
            char* const begin = text_.data() + size_;
            char* const end = std::to_chars(begin, text_.data() + text_.size(), value, 16).ptr;
            *end = ' ';
            size_ += static_cast<std::size_t>(end - begin) + 1;
        }
    }
    std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 4 * 17> text_;
    std::size_t size_ = 0;
};

}  // namespace

std::uint64_t report_digest(std::string_view body) noexcept {
    const std::uint64_t value = crc64(std::as_bytes(std::span(body)));
    return value == 0 ? 1 : value;
}

struct push_window::stored_report {
    entry report;
    stored_state state = stored_state::ended;
};

push_window::push_window(journal& events, std::uint16_t pbx, kept_words answered)
    : journal_(events), pbx_(pbx), answered_(std::move(answered)), alike_(in_flight_max, no_slot) {}

result<push_window> push_window::open(journal& events, std::uint16_t pbx, milliseconds now) {
    auto answered = events.words("push." + std::to_string(pbx), slot_count_max);
    if (!answered) return tl::unexpected(answered.error());
    push_window opened(events, pbx, std::move(*answered));
    opened.now_ = now;
    opened.restore(now);
    return opened;
}

std::optional<push_window::stored_report> push_window::parse(std::string_view said) noexcept {
    std::array<std::uint64_t, 4> values{};
    for (std::uint64_t& value : values) {
        const char* const end = said.data() + said.size();
        const auto read = std::from_chars(said.data(), end, value, 16);
        if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return std::nullopt;
        said.remove_prefix(static_cast<std::size_t>(read.ptr - said.data()) + 1);
    }
    if (values[3] > static_cast<std::uint64_t>(stored_state::answered)) return std::nullopt;
    return stored_report{{values[0], values[1], values[2]}, static_cast<stored_state>(values[3])};
}

// A report's events follow its slot at once: only of the last one that was entered some or all may
// be missing.
void push_window::restore(milliseconds now) {
    std::vector<stored_report> open;
    std::optional<std::uint64_t> last;
    for (std::uint32_t index = 0; index < slot_count_max; ++index) {
        const auto said = journal_.position(slot_name(pbx_, index).view());
        if (!said) break;
        slots_.emplace_back();
        free_.push_back(index);
        auto stored = parse(*said);
        std::uint64_t& answered = answered_.words()[index];
        const bool is_answered = stored && answered == stored->report.number + 1;
        if (!is_answered) answered = 0;  // of another life, whose numbers may come again
        if (!stored) continue;
        if (is_answered && stored->state == stored_state::in_flight)
            stored->state = stored_state::answered;
        stored->report.slot = index;
        last = std::max(last.value_or(0), stored->report.number);
        if (stored->state != stored_state::ended) open.push_back(*stored);
    }
    std::fill(answered_.words().begin() + static_cast<std::ptrdiff_t>(slots_.size()),
              answered_.words().end(), 0);
    std::reverse(free_.begin(), free_.end());
    if (last) next_ = *last + 1;
    std::sort(open.begin(), open.end(),
              [](const auto& a, const auto& b) { return a.report.number < b.report.number; });
    for (const stored_report& each : open) {
        const entry& report = each.report;
        const bool is_last = report.number == *last && each.state == stored_state::in_flight;
        if (is_last && report.sequence >= journal_.next_pbx_sequence(pbx_)) continue;
        free_.erase(std::find(free_.begin(), free_.end(), report.slot));
        slots_[report.slot].report = report;
        known_part part = known_part::all;
        if (is_last || each.state == stored_state::in_part) part = known_part::some;
        if (each.state == stored_state::answered) part = known_part::answered;
        doubt({report, part}, now);
    }
}

void push_window::set_use(slot& changed, slot_use use) noexcept {
    const auto counts = [](slot_use each) {
        return each == slot_use::in_flight || each == slot_use::taken_over;
    };
    if (changed.use == slot_use::in_flight) {
        std::uint32_t* link = &alike_first(changed.report.digest);
        while (*link != changed.report.slot)
            link = &slots_[*link].alike_next;
        *link = changed.alike_next;
    }
    if (use == slot_use::in_flight)
        changed.alike_next = std::exchange(alike_first(changed.report.digest), changed.report.slot);
    if (counts(changed.use)) --in_flight_count_;
    if (counts(use)) ++in_flight_count_;
    changed.use = use;
}

std::uint32_t push_window::take_slot() {
    if (free_.empty()) {
        ensure(slots_.size() < slot_count_max, "a slot is free unless all are full");
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t taken = free_.back();
    free_.pop_back();
    return taken;
}

result<void> push_window::store(const entry& report, stored_state state) {
    return journal_.set_position(slot_name(pbx_, report.slot).view(),
                                 report_text({report.number, report.digest, report.sequence,
                                              static_cast<std::uint64_t>(state)})
                                     .view());
}

result<push_window::entry> push_window::enter(std::uint64_t digest, const http_ticket& ticket) {
    if (full()) return failure(errc::full, "too many reports wait for the disk");
    const entry report{next_, digest, journal_.next_pbx_sequence(pbx_), take_slot()};
    if (auto done = store(report, stored_state::in_flight); !done) {
        give_back(report.slot);
        return tl::unexpected(done.error());
    }
    ++next_;
    slot& taken = slots_[report.slot];
    taken.report = report;
    taken.ticket = ticket;
    set_use(taken, slot_use::in_flight);
    return report;
}

void push_window::answer(const entry& report) {
    end(report, stored_state::answered);
}

bool push_window::has_events(const entry& report) const noexcept {
    return journal_.next_pbx_sequence(pbx_) != report.sequence;
}

void push_window::end(const entry& report) {
    end(report, stored_state::ended);
}

// A full journal only makes a later repeat of it look like the same fact.
void push_window::end(const entry& report, stored_state state) {
    if (report.slot == no_slot) return;
    slot& ended = slots_[report.slot];
    if (ended.report.number != report.number || ended.use == slot_use::none) return;
    set_use(ended, slot_use::none);
    give_back(report.slot);
    static_cast<void>(store(report, state));
    // Last, for the answer leaves next. An atomic, that it is not put off.
    if (state == stored_state::answered)
        std::atomic_ref(answered_.words()[report.slot]).store(report.number + 1);
}

void push_window::give_back(std::uint32_t index) {
    slots_[index].free_since = now_;
    free_.insert(std::upper_bound(free_.begin(), free_.end(), index, std::greater<>()), index);
}

// The slots of a burst go some time after it: the names of positions are a bounded table, which all
// PBXes share.
void push_window::give_up_slots() {
    while (slots_.size() > slots_kept && !free_.empty() && free_.front() == slots_.size() - 1 &&
           now_ - slots_.back().free_since > slot_idle_time) {
        const slot_name last(pbx_, free_.front());
        free_.erase(free_.begin());
        slots_.pop_back();
        static_cast<void>(journal_.set_position(last.view(), {}));
    }
}

void push_window::expect_again(const known_report& known, milliseconds now) {
    if (known.part == known_part::some)
        static_cast<void>(store(known.which, stored_state::in_part));
    doubt(known, now);
}

void push_window::doubt(const known_report& known, milliseconds now) {
    if (doubtful_.size() == doubtful_max) {
        const entry oldest = doubtful_.front().known.which;
        doubtful_.pop_front();
        end(oldest);
    }
    set_use(slots_[known.which.slot], slot_use::doubtful);
    doubtful_.push_back({known, now + doubt_time});
}

void push_window::forget_old(milliseconds now) {
    while (!doubtful_.empty() && doubtful_.front().until < now) {
        const entry oldest = doubtful_.front().known.which;
        doubtful_.pop_front();
        end(oldest);
    }
}

// Its slot stays its own until end(), or expect_again() once more.
std::optional<push_window::known_report> push_window::take(std::uint64_t digest, milliseconds now) {
    now_ = now;
    give_up_slots();
    if (doubtful_.empty()) return std::nullopt;
    forget_old(now);
    // One that surely was not answered comes before one that perhaps was.
    auto found = doubtful_.end();
    for (auto each = doubtful_.begin(); each != doubtful_.end(); ++each) {
        if (each->known.which.digest != digest) continue;
        found = each;
        if (each->known.part != known_part::answered) break;
    }
    if (found == doubtful_.end()) return std::nullopt;
    const known_report known = found->known;
    doubtful_.erase(found);
    set_use(slots_[known.which.slot], slot_use::taken_over);
    return known;
}

void push_window::told(const entry& report, const http_ticket& ticket, bool lost,
                       milliseconds now) {
    told_answer& next = told_[told_next_++ % told_.size()];
    forget(next);
    next = {report.digest, ticket, now, lost};
    if (lost) ++lost_count_;
}

void push_window::lose(const http_ticket& connection) noexcept {
    for (told_answer& each : told_) {
        if (each.digest == 0 || each.lost || each.ticket.connection != connection.connection ||
            each.ticket.generation != connection.generation)
            continue;
        each.lost = true;
        ++lost_count_;
    }
}

void push_window::forget(told_answer& each) noexcept {
    if (each.lost) --lost_count_;
    each = {0, {}, each.time, false};
}

bool push_window::is_taken_over(const entry& report) const noexcept {
    if (report.slot == no_slot) return false;
    const slot& its = slots_[report.slot];
    return its.report.number == report.number && its.use == slot_use::taken_over;
}

}  // namespace callstream::sources
