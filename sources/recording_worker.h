// Downloads recordings one after the other on a thread and a loop of its own, so that no disk holds
// up the home loop.
//
// Lifetime: what `on_outcome` posts to outlives the worker.
// Threads:  constructed, destroyed and asked by one; `on_outcome` is called on the worker's own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "core/http_client.h"
#include "core/loop.h"
#include "core/mailbox.h"
#include "sources/recording_download.h"

namespace callstream::sources {

class recording_worker {
public:
    recording_worker(const http_client_settings& http, const recording_limits& limits,
                     recording_download::handler on_outcome);
    ~recording_worker();  // ends the download under way, whose part is kept
    recording_worker(const recording_worker&) = delete;
    recording_worker& operator=(const recording_worker&) = delete;

    // False when too many wait already.
    bool try_start(recording_job job) { return jobs_->try_post(std::move(job)); }

private:
    void begin(recording_job&& job);
    void on_done(recording_outcome&& outcome);
    void stop();

    recording_download::handler on_outcome_;
    loop loop_;
    std::unique_ptr<http_client> client_;
    std::optional<recording_download> download_;
    std::deque<recording_job> waiting_;
    bool busy_ = false;
    std::unique_ptr<mailbox<recording_job>> jobs_;
    std::unique_ptr<wakeup> stop_;
    std::thread thread_;
};

}  // namespace callstream::sources
