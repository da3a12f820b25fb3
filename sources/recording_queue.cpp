#include "sources/recording_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "sources/recording_failures.h"

namespace callstream::sources {

namespace {

constexpr std::size_t outcome_count_max = 64;
constexpr std::size_t recording_waiting_max = 10'000;
constexpr std::chrono::milliseconds room_wait_shortest{1'000};
constexpr auto never = std::chrono::milliseconds::max();

std::string_view format_of(std::string_view file) {
    const std::size_t point = file.rfind('.');
    return point == std::string_view::npos ? std::string_view() : file.substr(point + 1);
}

constexpr std::string_view name_begin = "recording.";

std::string name_of(std::uint64_t number) {
    return std::string(name_begin) + std::to_string(number);
}

constexpr std::string_view kept_end = " kept";

// Microseconds since 1970, then three texts, each with its size before it, and whether it is kept.
std::string text_of(const recording_facts& facts, bool is_kept) {
    std::string text = std::to_string(facts.time.time_since_epoch().count());
    for (const std::string* each : {&facts.call_id, &facts.leg_id, &facts.file})
        text.append(" ").append(std::to_string(each->size())).append(" ").append(*each);
    if (is_kept) text.append(kept_end);
    return text;
}

template <class Number>
bool take_number(std::string_view& text, Number& out) {
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, out);
    if (read.ec != std::errc() || read.ptr == end || *read.ptr != ' ') return false;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()) + 1);
    return true;
}

std::optional<recording_facts> facts_in(std::string_view text, bool& is_kept) {
    recording_facts facts;
    std::int64_t time = 0;
    if (!take_number(text, time)) return std::nullopt;
    facts.time = timestamp(duration(time));
    for (std::string* each : {&facts.call_id, &facts.leg_id, &facts.file}) {
        std::size_t size = 0;
        if (!take_number(text, size) || size > text.size()) return std::nullopt;
        *each = text.substr(0, size);
        text.remove_prefix(size);
        if (each != &facts.file && !text.starts_with(' ')) return std::nullopt;
        if (each != &facts.file) text.remove_prefix(1);
    }
    is_kept = text == kept_end;
    if (!text.empty() && !is_kept) return std::nullopt;
    return facts;
}

}  // namespace

recording_queue::recording_queue(const recording_queue_settings& settings,
                                 const recording_queue_parts& parts)
    : settings_(settings),
      parts_(parts),
      timer_(parts.home, [this] { next(); }),
      outcomes_(std::make_unique<mailbox<recording_outcome>>(
          parts.home, outcome_count_max,
          [this](recording_outcome&& outcome) { on_outcome(std::move(outcome)); })),
      worker_(std::make_unique<recording_worker>(
          recording_worker::places{parts.http, settings.bucket}, settings.limits,
          [this](recording_outcome&& outcome) { outcomes_->try_post(std::move(outcome)); })) {}

recording_queue::~recording_queue() = default;

void recording_queue::add(const recording_facts& facts) {
    if (stopped_) return;
    if (waiting_.size() >= recording_waiting_max) {
        ++counters_.failed;
        tell_too_many(settings_.pbx, waiting_.size());
        return;
    }
    wanted added;
    added.facts = facts;
    added.number = ++number_;
    keep(added);
    wait_for(std::move(added));
}

void recording_queue::wait_for(wanted&& added) {
    added.due = parts_.home.time() + settings_.delay;
    waiting_.push_back(std::move(added));
    schedule();
}

bool recording_queue::restore(std::string_view name, std::string_view value) {
    if (!name.starts_with(name_begin)) return false;
    name.remove_prefix(name_begin.size());
    std::uint64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto read = std::from_chars(name.data(), end, number);
    wanted known;
    auto facts = facts_in(value, known.is_kept);
    if (read.ec != std::errc() || read.ptr != end || !facts) return false;
    facts->pbx = settings_.pbx;
    number_ = std::max(number_, number);
    known.number = number;
    known.facts = *std::move(facts);
    known.is_kept = known.is_kept && settings_.bucket;
    wait_for(std::move(known));
    return true;
}

void recording_queue::keep(const wanted& one) {
    if (parts_.kept != nullptr)
        parts_.kept->put(name_of(one.number), text_of(one.facts, one.is_kept));
}

void recording_queue::forget(std::uint64_t number) {
    if (parts_.kept != nullptr) parts_.kept->put(name_of(number), {});
}

void recording_queue::on_ready() {
    schedule();
}

// Always from the loop: whoever adds is in the middle of publishing.
void recording_queue::schedule() {
    if (busy_ || stopped_ || waiting_.empty()) return;
    const auto ready = ready_at(*first_ready());
    if (ready == never) return;  // until on_ready()
    timer_.start(std::max(ready - parts_.home.time(), std::chrono::milliseconds(0)));
}

// What is kept needs neither the PBX nor room.
std::chrono::milliseconds recording_queue::ready_at(const wanted& one) const {
    if (one.is_kept) return std::max(one.due, bucket_due_);
    if (!parts_.locator.ready()) return never;
    return has_room_ ? one.due : std::max(one.due, room_due_);
}

// Of those that are ready together the one that has waited longest.
std::deque<recording_queue::wanted>::iterator recording_queue::first_ready() {
    return std::min_element(
        waiting_.begin(), waiting_.end(), [this](const wanted& a, const wanted& b) {
            return std::pair(ready_at(a), a.due) < std::pair(ready_at(b), b.due);
        });
}

void recording_queue::stop() {
    stopped_ = true;
    timer_.stop();
    parts_.locator.cancel();
    worker_.reset();
    outcomes_.reset();
    if (!waiting_.empty()) tell_left_behind(settings_.pbx, waiting_.size());
}

void recording_queue::next() {
    if (busy_ || stopped_ || waiting_.empty()) return;
    const auto first = first_ready();
    if (ready_at(*first) > parts_.home.time()) return schedule();
    std::iter_swap(waiting_.begin(), first);
    busy_ = true;
    ++waiting_.front().try_count;
    if (waiting_.front().is_kept) return start_first({});
    parts_.locator.locate(
        waiting_.front().facts,
        [this](const result<recording_locator::place>& place) { on_place(place); });
}

void recording_queue::on_place(const result<recording_locator::place>& place) {
    if (!place) return fail(place.error(), {});
    wanted& first = waiting_.front();
    // A Nexo's manager events have the path on its disk, and leave the end out.
    if (!first.facts.file.ends_with(place->member)) {
        first.facts.file = place->member;
        keep(first);
    }
    start_first(*place);
}

void recording_queue::start_first(const recording_locator::place& place) {
    const wanted& first = waiting_.front();
    recording_job job;
    job.number = first.number;
    job.request = place.request;
    job.member = place.member;
    job.directory = settings_.directory;
    job.path = settings_.path.path_of(first.facts);
    if (!worker_->try_start(std::move(job)))
        fail({errc::invalid_state, "too many recordings are being fetched"}, {});
}

void recording_queue::on_outcome(recording_outcome&& outcome) {
    if (stopped_ || !busy_ || outcome.number != waiting_.front().number) return;
    wanted& first = waiting_.front();
    if (!outcome.stored && std::exchange(first.is_kept, outcome.is_kept) != outcome.is_kept)
        keep(first);
    if (!outcome.stored && outcome.failed.code == errc::full)
        return wait_for_room(outcome.failed, outcome.detail);
    if (outcome.is_outage) return wait_for_bucket(outcome.failed, outcome.detail);
    if (outcome.stored || outcome.is_kept) bucket_due_ = bucket_wait_ = {};
    if (outcome.stored) has_room();
    if (!outcome.stored) return fail(outcome.failed, outcome.detail);
    const wanted done = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = false;
    ++counters_.stored;
    forget(done.number);  // with the event that says so
    tell_stored(done.facts, *outcome.stored);
    schedule();
}

// Nothing is lost. Next time another one is tried: it may be in the directory already.
void recording_queue::wait_for_room(const error& reason, const std::string& detail) {
    busy_ = false;
    ++counters_.no_room;
    wanted& first = waiting_.front();
    --first.try_count;
    room_due_ = parts_.home.time() + std::min(std::max(settings_.backoff_first, room_wait_shortest),
                                              settings_.backoff_longest);
    first.due = room_due_;
    if (first.is_kept) bucket_due_ = room_due_;
    if (std::exchange(has_room_, false)) {
        tell_no_room(settings_.pbx, {reason, detail, 0, {}, first.is_kept}, waiting_.size());
        tell_status(first.facts, "waiting", reason.what);
    }
    schedule();
}

// No other recording would fare better there, so that they wait together, and lose no try.
void recording_queue::wait_for_bucket(const error& reason, const std::string& detail) {
    wanted& first = waiting_.front();
    bucket_wait_ =
        std::min(std::max(bucket_wait_ * 2, settings_.backoff_first), settings_.backoff_longest);
    bucket_due_ = parts_.home.time() + bucket_wait_;
    tell_failed_try(settings_.pbx, {reason, detail, first.try_count--, bucket_wait_, true});
    try_again(bucket_wait_);
}

void recording_queue::try_again(std::chrono::milliseconds wait) {
    busy_ = false;
    ++counters_.retried;
    waiting_.front().due = parts_.home.time() + wait;
    schedule();
}

void recording_queue::has_room() {
    if (std::exchange(has_room_, true)) return;
    tell_room_again(settings_.pbx, waiting_.size());
    tell_status(waiting_.front().facts, "ok", {});
}

void recording_queue::fail(const error& reason, const std::string& detail) {
    wanted& first = waiting_.front();
    const bool given_up = first.try_count >= settings_.try_count_max;
    first.wait =
        std::min(std::max(first.wait * 2, settings_.backoff_first), settings_.backoff_longest);
    tell_failed_try(settings_.pbx, {reason, detail, first.try_count,
                                    given_up ? std::chrono::milliseconds(0) : first.wait});
    if (!given_up) return try_again(first.wait);
    const wanted lost = std::move(first);
    waiting_.pop_front();
    busy_ = false;
    ++counters_.failed;
    forget(lost.number);
    tell_status(lost.facts, "failed", reason.what);
    schedule();
}

void recording_queue::tell_stored(const recording_facts& facts, const stored_recording& stored) {
    event told;
    told.type = event_type::recording_available;
    recording_data data;
    data.call_id = facts.call_id;
    if (!facts.leg_id.empty()) data.leg_id = facts.leg_id;
    data.file = facts.file;
    data.format = format_of(facts.file);
    data.path = stored.path;
    data.checksum = stored.sha256;
    data.size = static_cast<std::int64_t>(stored.size);
    told.data = data;
    publish(told, facts);
}

void recording_queue::tell_status(const recording_facts& facts, text status, text reason) {
    const std::array values{header{"file", facts.file}, header{"reason", reason}};
    event told;
    told.type = event_type::system_status;
    system_data data;
    data.component = "recording";
    data.operation = "download";
    data.status = status;
    data.values = reason.empty() ? std::span(values).first(1) : std::span(values);
    told.data = data;
    publish(told, facts);
}

void recording_queue::publish(event& published, const recording_facts& facts) {
    published.time = now();
    published.subject = facts.call_id;
    published.partition = facts.call_id;
    published.origin.said.family = settings_.family;
    parts_.output.publish(published);
    if (parts_.on_batch) parts_.on_batch();
}

}  // namespace callstream::sources
