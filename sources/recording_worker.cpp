#include "sources/recording_worker.h"

#include <utility>

namespace callstream::sources {

namespace {

constexpr std::size_t job_count_max = 16;

}  // namespace

recording_worker::recording_worker(const http_client_settings& http, const recording_limits& limits,
                                   recording_download::handler on_outcome)
    : on_outcome_(std::move(on_outcome)),
      client_(std::make_unique<http_client>(loop_, http)),
      download_(std::in_place, *client_, limits,
                [this](recording_outcome&& outcome) { on_done(std::move(outcome)); }),
      jobs_(std::make_unique<mailbox<recording_job>>(
          loop_, job_count_max, [this](recording_job&& job) { begin(std::move(job)); })),
      stop_(std::make_unique<wakeup>(loop_, [this] { stop(); })),
      thread_([this] { loop_.run(); }) {}

recording_worker::~recording_worker() {
    stop_->notify();
    thread_.join();
}

void recording_worker::begin(recording_job&& job) {
    if (std::exchange(busy_, true)) {
        waiting_.push_back(std::move(job));
        return;
    }
    download_->start(std::move(job));
}

void recording_worker::on_done(recording_outcome&& outcome) {
    busy_ = false;
    on_outcome_(std::move(outcome));
    if (waiting_.empty()) return;
    recording_job next = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(next));
}

// The loop ends when the handles of all this are closed.
void recording_worker::stop() {
    download_.reset();
    client_.reset();
    jobs_.reset();
    stop_.reset();
}

}  // namespace callstream::sources
