#include "sources/cdr_poller.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "core/cdr_row_identity.h"
#include "core/log.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::string_view position_name = "poll.cdr";
constexpr std::size_t slice = 1000;  // rows told in one turn of the loop, which has more to do
constexpr std::size_t row_count_of_yielding = 1000;  // of its window, while news may wait for it
constexpr std::size_t row_count_limit = 250'000;     // of one window, however short
constexpr std::size_t repeat_count_max = 3;
constexpr unsigned restart_count_max = 3;  // of one window; then what is missed is in the overlap
constexpr seconds window_longest = std::chrono::hours(24 * 366);
constexpr seconds long_enough_least{600};      // a filter of less would let most calls through
constexpr std::chrono::hours clock_margin{1};  // by which the PBX's clock may be ahead of ours
constexpr milliseconds room_interval{1'000};
constexpr seconds progress_interval{10};
constexpr std::chrono::hours longest_interval{1};
constexpr std::chrono::hours longest_reach{24 * 7};  // no call is looked for that lasts longer
// Where nothing is asked for by its length; and how long it is then remembered what was told.
constexpr std::chrono::hours whole_interval{12};
constexpr std::chrono::hours whole_memory{24};

std::string shown(timestamp time) {
    std::array<char, rfc3339_size> text{};
    format_rfc3339(time, text);
    return {text.data(), 19};
}

// Also where the clock was put back since.
bool is_past(timestamp at, duration interval, timestamp now) noexcept {
    return now < at || now - at >= interval;
}

}  // namespace

bool cdr_poller::restore(std::string_view name, std::string_view value) {
    if (name != position_name) return false;
    std::int64_t count = 0;
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, count);
    if (read.ec != std::errc() || read.ptr != end) return false;
    position_ = timestamp(duration(count));
    stored_ = value;
    resumes_ = true;
    return true;
}

void cdr_poller::note_ended(timestamp began, timestamp ended) {
    if (parts_.api.filters_duration() || parts_.api.finds_ended()) return;
    if (ended - began <= settings_.call_longest || ended - began > longest_reach) return;
    if (!noted_) noted_ = {began, ended};
    noted_ = {std::min(noted_->begin, began), std::max(noted_->end, ended)};
}

std::optional<http_call_request> cdr_poller::make_request(timestamp now) {
    if (phase_ == phase::telling) {
        tell();
        return std::nullopt;
    }
    const bool has_room = parts_.output.has_room();
    if (!has_room && has_room_)
        log_warn("the journal is full: the PBX is not polled", {{"pbx", settings_.pbx}});
    has_room_ = has_room;
    if (!has_room) return std::nullopt;
    if (phase_ == phase::idle) begin_window(now);
    // Rows tell of talk as well, and ringing takes some minutes: half of it is long enough.
    const seconds long_enough = reach_ == reach::longest_calls
                                    ? std::max(settings_.call_longest / 2, long_enough_least)
                                    : seconds(0);
    return parts_.api.make_question({window_, page_, read_, long_enough});
}

milliseconds cdr_poller::wait() {
    if (!has_room_) return room_interval;
    if (phase_ != phase::idle || !reached_ || walk_) return milliseconds(0);
    return news_ ? std::min(settings_.interval, settings_.interval_busy) : settings_.interval;
}

void cdr_poller::begin_window(timestamp now) {
    if (!position_) {
        position_ = settings_.begin.value_or(now - settings_.overlap);
        parts_.output.forget_before(*position_);  // what ended earlier is not asked for
        if (!parts_.api.filters_duration()) longest_at_ = now;
    }
    if (filled_from_ == timestamp()) filled_from_ = *position_;
    asked_at_ = now;
    // What is not remembered would be told again. What lies ahead is read in any case.
    known_from_ = std::min(parts_.output.remembers_since(), *position_);
    begin_walk(now);
    const bool by_length = walks_longest_ && parts_.api.filters_duration();
    // The news may turn out to be a past to fill, which then comes first.
    const bool waits = walk_yields_ && (!reached_ || is_past(news_at_, settings_.interval, now));
    if (walk_ && !waits) {
        reach_ = by_length ? reach::longest_calls : reach::long_calls;
        window_ = {*walk_, by_length ? walk_end_ : std::min(*walk_ + walk_length_, walk_end_)};
    } else if (!reached_ && *position_ + length_ < now) {
        reach_ = reach::past;
        news_at_ = now;
        window_ = {*position_, *position_ + length_};
    } else {
        reach_ = reach::news;
        news_at_ = now;
        window_ = {std::max(*position_ - overlap_, known_from_), now + clock_margin};
    }
    restart_count_ = 0;
    read_anew();
    phase_ = phase::reading;
}

// Looks back now and then for calls that began long ago and have ended since.
void cdr_poller::begin_walk(timestamp now) {
    if (walk_ && *walk_ < walk_end_) return;
    walk_.reset();
    walk_yields_ = false;
    walks_longest_ = longest_due(now);
    if (walks_longest_) {
        walk_end_ = *position_ - settings_.call_longest;
        walk_ = walk_end_ - longest_reach;
        longest_at_ = now;
        // What nobody saw is told before the past that followed it is.
        walk_yields_ = reached_ && !parts_.api.filters_duration();
        return;
    }
    if (!deep_due(now)) return;
    walk_end_ = *position_;
    const timestamp usual =
        std::max(*position_ - std::max(overlap_, settings_.call_longest), known_from_);
    walk_ = std::min(usual, std::max(begin_of_long_calls(now), *position_ - longest_reach));
    walk_yields_ = reached_ && *walk_ < usual;
    deep_at_ = now;
    resumes_ = false;
    if (*walk_ >= walk_end_) walk_.reset();
}

// Of those that a look back is for which begins now; each is looked for until its row is written,
// and then no more.
timestamp cdr_poller::begin_of_long_calls(timestamp now) {
    timestamp begin = *position_;
    for (std::optional<long_calls>* const each : {&sought_, &noted_}) {
        if (!*each) continue;
        begin = std::min(begin, (*each)->begin);
        if (is_past((*each)->end, settings_.overlap, now)) each->reset();
    }
    if (!sought_) sought_ = std::exchange(noted_, std::nullopt);
    return begin;
}

bool cdr_poller::deep_due(timestamp now) const {
    return resumes_ || (reached_ && is_past(deep_at_, settings_.call_interval, now));
}

bool cdr_poller::longest_due(timestamp now) const {
    if (parts_.api.filters_duration())
        return deep_due(now) && is_past(longest_at_, longest_interval, now);
    if (parts_.api.finds_ended() || !is_past(longest_at_, whole_interval, now)) return false;
    // At first for what ended while nobody looked, before it is forgotten what had been told.
    return resumes_ ? now - *position_ >= whole_interval : reached_;
}

// How long before the position a call may have ended whose row is read again.
seconds cdr_poller::remembered() const {
    const bool by_week = !parts_.api.filters_duration() && !parts_.api.finds_ended();
    return by_week ? std::max<seconds>(looked_back(), whole_memory) : looked_back();
}

void cdr_poller::on_too_large() {
    if (phase_ != phase::reading) return;
    ++counters_.restarts;
    if (shorten() || overlap_.count() == 0) return;
    overlap_ /= 2;
    phase_ = phase::idle;
    log_warn("less of a PBX's CDRs is read again: its answers are too large",
             {{"pbx", settings_.pbx}, {"overlap_s", overlap_.count()}});
}

// Of the news no less than the overlap can be asked for.
void cdr_poller::on_too_slow() {
    if (phase_ == phase::reading && reach_ != reach::news && shorten()) ++counters_.restarts;
}

// What was kept back from earlier windows stays.
void cdr_poller::read_anew() {
    rows_.resize(kept_back_);
    known_.clear();
    for (const cdr_row& row : rows_)
        known_.insert(identity_of(row));
    page_ = read_ = inside_ = repeats_ = total_ = 0;
}

poll_judgement cdr_poller::take(const poll_answer& answer) {
    page_rows_.clear();
    const cdr_reading reading = parts_.api.read(answer, page_rows_);
    if (!reading.judgement.fine()) return reading.judgement;
    return take_page(reading, answer.at);
}

poll_judgement cdr_poller::take_page(const cdr_reading& reading, timestamp now) {
    counters_.rejected += reading.rejected;
    counters_.rows += page_rows_.size();
    read_ += page_rows_.size();
    if (reading.rejected > 0)
        log_warn("CDRs of a PBX cannot be read",
                 {{"pbx", settings_.pbx}, {"count", reading.rejected}});
    const std::size_t total = reading.count_total.value_or(total_);
    // Rows were deleted: what stood behind them has moved to pages that were read already.
    if (total < std::exchange(total_, total) && page_ > 0 && restart_count_ < restart_count_max) {
        ++restart_count_;
        ++counters_.restarts;
        read_anew();
        return {};
    }
    const bool is_new = keep_new_rows() > 0 || reading.outside > 0;
    if (std::max(rows_.size() - kept_back_, total) > row_count_max()) {
        if (reading.is_last && cut()) {
            end_window(now);
            return {};
        }
        if (shorten()) {
            ++counters_.restarts;
            return {};
        }
    }
    if (rows_.size() > row_count_limit) {
        read_anew();
        return {poll_finding::bad_request, "a window of the PBX's CDRs holds too many", {}};
    }
    if (reading.is_last) {
        end_window(now);
        return {};
    }
    repeats_ = is_new ? 0 : repeats_ + 1;
    ++page_;
    if (repeats_ < repeat_count_max) return {};
    read_anew();
    return {poll_finding::damaged, "the PBX gives the same page of CDRs again and again", {}};
}

// A row that comes on two pages is one; two alike on one page are two, as of two ring groups.
std::size_t cdr_poller::keep_new_rows() {
    std::size_t count = 0;
    std::unordered_map<std::uint64_t, unsigned> alike;
    for (cdr_row& row : page_rows_) {
        if (row.started_at >= window_.from && row.started_at < window_.to) ++inside_;
        if (end_of(row).value_or(known_from_) < known_from_) {
            if (!looks_back()) ++counters_.forgotten;  // there it was told long since
            continue;
        }
        if (row.key.empty()) row.alike = alike[identity_of(row)]++;
        if (!known_.insert(identity_of(row)).second) continue;
        rows_.push_back(std::move(row));
        ++count;
    }
    return count;
}

// Of a window that was read as a whole the first part is told, and the rest read again. False: the
// first part would be too short.
bool cdr_poller::cut() {
    const auto start_of = [this](const cdr_row& row) {
        return row.started_at.value_or(window_.from);
    };
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(kept_back_);
    std::vector<timestamp> starts;
    starts.reserve(rows_.size() - kept_back_);
    std::transform(begin, rows_.end(), std::back_inserter(starts), start_of);
    if (starts.size() <= row_count_max()) return false;
    const auto last = starts.begin() + static_cast<std::ptrdiff_t>(row_count_max());
    std::nth_element(starts.begin(), last, starts.end());
    const seconds step = std::max(parts_.api.granularity(), seconds(1));
    const seconds length = std::chrono::floor<seconds>(*last - window_.from) / step * step;
    const timestamp end = window_.from + length;
    if (length < step || end >= window_.to) return false;
    if (reach_ == reach::news) {
        // So much has happened since the last time that it is a past to fill.
        if (end <= *position_ || end >= asked_at_) return false;
        reach_ = reach::past;
        reached_ = false;
    }
    window_.to = end;
    set_length(length);
    rows_.erase(std::remove_if(begin, rows_.end(),
                               [&](const cdr_row& row) { return start_of(row) >= window_.to; }),
                rows_.end());
    inside_ = rows_.size() - kept_back_;
    return true;
}

std::size_t cdr_poller::row_count_max() const noexcept {
    return looks_back() && walk_yields_ ? std::min(settings_.row_count_max, row_count_of_yielding)
                                        : settings_.row_count_max;
}

void cdr_poller::set_length(seconds length) noexcept {
    if (reach_ == reach::past) length_ = length;
    if (reach_ == reach::long_calls) walk_length_ = length;
}

// By how densely the rows lie that were seen; a year if none were.
seconds cdr_poller::length_that_fits() const {
    const std::size_t seen = rows_.size() - kept_back_;
    if (seen < 2) return window_longest;
    const auto earlier = [](const cdr_row& a, const cdr_row& b) {
        return a.started_at.value_or(timestamp()) < b.started_at.value_or(timestamp());
    };
    const auto [first, last] = std::minmax_element(
        rows_.begin() + static_cast<std::ptrdiff_t>(kept_back_), rows_.end(), earlier);
    if (!first->started_at) return window_longest;
    const auto spread = std::chrono::ceil<seconds>(*last->started_at - *first->started_at);
    // Three quarters of what may be told at a time.
    const auto wanted = static_cast<std::int64_t>(row_count_max()) * 3 / 4;
    return spread * wanted / static_cast<std::int64_t>(seen);
}

// False: it is as short as it can be.
bool cdr_poller::shorten() {
    const seconds shortest = std::max(parts_.api.granularity(), seconds(1));
    if (reach_ == reach::news) {
        // So much has happened since the last time that it is a past to fill.
        const auto half = std::chrono::floor<seconds>(asked_at_ - *position_) / 2;
        if (half < shortest) return false;
        length_ = half;
        reached_ = false;
        phase_ = phase::idle;
        return true;
    }
    const auto span = std::chrono::floor<seconds>(window_.to - window_.from);
    if (span <= shortest) return false;
    const seconds half = std::max(std::min(span / 2, length_that_fits()), shortest);
    set_length(half);
    window_.to = window_.from + half;
    read_anew();
    return true;
}

void cdr_poller::end_window(timestamp now) {
    std::stable_sort(rows_.begin(), rows_.end(), [](const cdr_row& a, const cdr_row& b) {
        const timestamp end_a = end_of(a).value_or(timestamp());
        const timestamp end_b = end_of(b).value_or(timestamp());
        return end_a != end_b ? end_a < end_b : a.started_at < b.started_at;
    });
    const auto waits = [&](const cdr_row& row) {
        const timestamp end = end_of(row).value_or(timestamp());
        if (reach_ == reach::past) return end >= window_.to;
        if (looks_back()) return end >= *position_;
        return end > now - settings_.settle && end <= now;
    };
    const auto kept = std::stable_partition(rows_.begin(), rows_.end(),
                                            [&](const cdr_row& row) { return !waits(row); });
    tell_count_ = static_cast<std::size_t>(kept - rows_.begin());
    told_ = 0;
    news_ = false;
    next_position_ = reach_ == reach::past ? window_.to : *position_;
    if (reach_ == reach::news && tell_count_ > 0) {
        // The PBX's own clock is what its rows are found by, so the newest of them is the mark.
        const timestamp newest = end_of(rows_[tell_count_ - 1]).value_or(*position_);
        next_position_ = std::max(*position_, std::min(newest, asked_at_));
    }
    phase_ = phase::telling;
    tell();
}

void cdr_poller::tell() {
    const std::size_t end = std::min(tell_count_, told_ + slice);
    has_room_ = true;
    while (told_ < end && has_room_) {
        has_room_ = parts_.output.has_room();
        if (!has_room_) break;
        if (parts_.output.take(rows_[told_])) {
            ++counters_.told;
            news_ = true;
        }
        ++told_;
    }
    if (told_ == tell_count_) return end_telling();
    parts_.output.end_batch();
    if (!has_room_)
        log_warn("the journal is full: the PBX is not polled", {{"pbx", settings_.pbx}});
}

void cdr_poller::end_telling() {
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(tell_count_));
    kept_back_ = rows_.size();
    tell_count_ = told_ = 0;
    position_ = next_position_;
    if (looks_back()) walk_ = window_.to;
    timestamp oldest = *position_;
    for (const cdr_row& row : rows_)
        oldest = std::min(oldest, row.started_at.value_or(oldest));
    // Calls that began earlier are asked for by their length after a restart. To go back to them
    // would be to read what is forgotten.
    oldest = std::max(oldest, *position_ - looked_back());
    parts_.output.forget_before(oldest - remembered());
    store(oldest);
    parts_.output.end_batch();
    phase_ = phase::idle;
    // What the end of a look back cut short says nothing of a longer one.
    const seconds length = reach_ == reach::past ? length_ : walk_length_;
    if (inside_ < row_count_max() / 8 && window_.to - window_.from >= length)
        set_length(std::min(length * 2, window_longest));
    tell_progress(asked_at_);
    if (reach_ != reach::news || reached_) return;
    reached_ = true;
    if (deep_at_ == timestamp()) deep_at_ = asked_at_;
}

void cdr_poller::store(timestamp position) {
    std::string value = std::to_string(position.time_since_epoch().count());
    if (value == stored_) return;
    parts_.kept.put(position_name, value);
    stored_ = std::move(value);
}

void cdr_poller::tell_progress(timestamp now) {
    if (reach_ == reach::news && !reached_)
        return log_info("the PBX's CDRs are read up to now", {{"pbx", settings_.pbx},
                                                              {"rows", counters_.rows},
                                                              {"new", counters_.told},
                                                              {"rejected", counters_.rejected}});
    if (reach_ != reach::past || !is_past(progress_at_, progress_interval, now)) return;
    progress_at_ = now;
    const auto whole = (now - filled_from_).count();
    const auto done = (*position_ - filled_from_).count();
    log_info("back-filling the PBX's CDRs", {{"pbx", settings_.pbx},
                                             {"until", shown(*position_)},
                                             {"percent", whole > 0 ? 100 * done / whole : 100},
                                             {"rows", counters_.rows},
                                             {"new", counters_.told}});
}

}  // namespace callstream::sources
