#include "sources/recording_worker.h"

#include <cstdio>
#include <utility>

namespace callstream::sources {

namespace {

constexpr std::size_t job_count_max = 16;

}  // namespace

recording_worker::recording_worker(places to, const recording_limits& limits,
                                   recording_download::handler on_outcome)
    : to_(std::move(to)),
      limits_(limits),
      on_outcome_(std::move(on_outcome)),
      client_(std::make_unique<http_client>(loop_, to_.pbx)),
      download_(std::in_place, *client_, limits,
                [this](recording_outcome&& outcome) { on_stored(std::move(outcome)); }),
      jobs_(std::make_unique<mailbox<recording_job>>(
          loop_, job_count_max, [this](recording_job&& job) { begin(std::move(job)); })),
      stop_(std::make_unique<wakeup>(loop_, [this] { stop(); })) {
    if (to_.bucket) {
        bucket_client_ = std::make_unique<http_client>(loop_, to_.bucket->http);
        upload_.emplace(*bucket_client_, *to_.bucket);
    }
    thread_ = std::thread([this] { loop_.run(); });
}

recording_worker::~recording_worker() {
    {
        const std::lock_guard lock(stopping_);
        stop_->notify();
    }
    thread_.join();
}

void recording_worker::begin(recording_job&& job) {
    if (std::exchange(busy_, true)) {
        waiting_.push_back(std::move(job));
        return;
    }
    key_ = job.path;
    if (takes_on(job)) return;
    if (job.request.url.empty()) {
        recording_outcome gone;
        gone.number = job.number;
        gone.failed = {errc::not_found, "the recording is no longer in the directory"};
        return end(std::move(gone));
    }
    download_->start(std::move(job));
}

// What is here as a whole did not find its way into the bucket the last time.
bool recording_worker::takes_on(const recording_job& job) {
    if (!upload_) return false;
    auto stored = read_stored(job.directory + '/' + job.path, limits_.size_max);
    if (!stored) return false;
    recording_outcome known;
    known.number = job.number;
    known.stored = *std::move(stored);
    on_stored(std::move(known));
    return true;
}

void recording_worker::on_stored(recording_outcome&& outcome) {
    if (!upload_ || !outcome.stored) return end(std::move(outcome));
    outcome_ = std::move(outcome);
    upload_->start(key_, *outcome_.stored,
                   [this](const result<void>& uploaded) { on_uploaded(uploaded); });
}

void recording_worker::on_uploaded(const result<void>& uploaded) {
    if (uploaded) {
        std::remove(outcome_.stored->path.c_str());
        download_->removed(outcome_.stored->size);
        outcome_.stored->path = address_in(*to_.bucket, key_);
    } else {
        outcome_.stored.reset();
        outcome_.is_kept = true;
        outcome_.is_outage = !upload_->refuses_this_one();
        outcome_.failed = uploaded.error();
        outcome_.detail = upload_->detail();
    }
    end(std::exchange(outcome_, {}));
}

void recording_worker::end(recording_outcome&& outcome) {
    busy_ = false;
    on_outcome_(std::move(outcome));
    if (waiting_.empty()) return;
    recording_job next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next));
}

// The loop ends when the handles of all this are closed. The destructor may not be back from
// its wake-up yet.
void recording_worker::stop() {
    stopping_.lock();
    stopping_.unlock();
    download_.reset();
    client_.reset();
    upload_.reset();
    bucket_client_.reset();
    jobs_.reset();
    stop_.reset();
}

}  // namespace callstream::sources
