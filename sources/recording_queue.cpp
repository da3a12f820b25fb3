#include "sources/recording_queue.h"

#include <algorithm>
#include <array>
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
    wanted added;
    added.facts = facts;
    added.number = ++number_;
    added.due = parts_.home.time() + settings_.delay;
    waiting_.push_back(std::move(added));
    schedule();
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
