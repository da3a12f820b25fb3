#include "sources/recording_queue.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "sources/recording_failures.h"

namespace callstream::sources {

namespace {

constexpr std::size_t outcome_count_max = 64;
constexpr std::size_t recording_waiting_max = 10'000;

std::string_view format_of(std::string_view file) {
    const std::size_t point = file.rfind('.');
    return point == std::string_view::npos ? std::string_view() : file.substr(point + 1);
}

constexpr std::string_view name_begin = "recording.";

std::string name_of(std::uint64_t number) {
    return std::string(name_begin) + std::to_string(number);
}

// Microseconds since 1970, then three texts, each with its size before it.
std::string text_of(const recording_facts& facts) {
    std::string text = std::to_string(facts.time.time_since_epoch().count());
    for (const std::string* each : {&facts.call_id, &facts.leg_id, &facts.file})
        text.append(" ").append(std::to_string(each->size())).append(" ").append(*each);
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

std::optional<recording_facts> facts_in(std::string_view text) {
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
    if (!text.empty()) return std::nullopt;
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
          parts.http, settings.limits,
          [this](recording_outcome&& outcome) { outcomes_->try_post(std::move(outcome)); })) {}

recording_queue::~recording_queue() = default;

void recording_queue::add(const recording_facts& facts) {
    if (stopped_) return;
    if (waiting_.size() >= recording_waiting_max) {
        ++counters_.failed;
        tell_too_many(settings_.pbx, waiting_.size());
        return;
    }
    wait_for(++number_, facts);
    if (parts_.kept != nullptr) parts_.kept->put(name_of(number_), text_of(facts));
}

void recording_queue::wait_for(std::uint64_t number, recording_facts facts) {
    wanted added;
    added.facts = std::move(facts);
    added.number = number;
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
    auto facts = facts_in(value);
    if (read.ec != std::errc() || read.ptr != end || !facts) return false;
    facts->pbx = settings_.pbx;
    number_ = std::max(number_, number);
    wait_for(number, *std::move(facts));
    return true;
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
    timer_.start(std::max(first_due()->due - parts_.home.time(), std::chrono::milliseconds(0)));
}

std::deque<recording_queue::wanted>::iterator recording_queue::first_due() {
    return std::min_element(waiting_.begin(), waiting_.end(),
                            [](const wanted& a, const wanted& b) { return a.due < b.due; });
}

void recording_queue::stop() {
    stopped_ = true;
    timer_.stop();
    parts_.locator.cancel();
    worker_.reset();
    outcomes_.reset();
    if (!waiting_.empty()) tell_left_behind(settings_.pbx, waiting_.size());
}

// Begins with the one that is due first.
void recording_queue::next() {
    if (busy_ || stopped_ || waiting_.empty() || !parts_.locator.ready()) return;
    const auto first = first_due();
    if (first->due > parts_.home.time()) return schedule();
    std::iter_swap(waiting_.begin(), first);
    busy_ = true;
    ++waiting_.front().try_count;
    parts_.locator.locate(waiting_.front().facts.file,
                          [this](const result<http_call_request>& place) { on_place(place); });
}

void recording_queue::on_place(const result<http_call_request>& place) {
    if (!place) return fail(place.error(), {});
    const wanted& first = waiting_.front();
    recording_job job;
    job.number = first.number;
    job.request = *place;
    job.path = settings_.directory + '/' + settings_.path.path_of(first.facts);
    if (!worker_->try_start(std::move(job)))
        fail({errc::full, "too many recordings are being fetched"}, {});
}

void recording_queue::on_outcome(recording_outcome&& outcome) {
    if (stopped_ || !busy_ || outcome.number != waiting_.front().number) return;
    if (!outcome.stored) return fail(outcome.failed, outcome.detail);
    const wanted done = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = false;
    ++counters_.stored;
    forget(done.number);  // with the event that says so
    tell_stored(done.facts, *outcome.stored);
    schedule();
}

void recording_queue::fail(const error& reason, const std::string& detail) {
    busy_ = false;
    wanted& first = waiting_.front();
    const bool given_up = first.try_count >= settings_.try_count_max;
    first.wait =
        std::min(std::max(first.wait * 2, settings_.backoff_first), settings_.backoff_longest);
    tell_failed_try(settings_.pbx, {reason, detail, first.try_count,
                                    given_up ? std::chrono::milliseconds(0) : first.wait});
    if (given_up) {
        const wanted lost = std::move(first);
        waiting_.pop_front();
        ++counters_.failed;
        forget(lost.number);
        tell_failed(lost.facts, reason);
    } else {
        ++counters_.retried;
        first.due = parts_.home.time() + first.wait;
    }
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

void recording_queue::tell_failed(const recording_facts& facts, const error& reason) {
    const std::array values{header{"file", facts.file}, header{"reason", reason.what}};
    event told;
    told.type = event_type::system_status;
    system_data data;
    data.component = "recording";
    data.operation = "download";
    data.status = "failed";
    data.values = values;
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
