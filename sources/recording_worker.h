// Downloads recordings one after the other, and takes them on to a bucket if there is one, on a
// thread and a loop of its own, so that no disk holds up the home loop.
//
// What waits for the bucket stays in the directory, and is not fetched from the PBX again.
//
// Lifetime: what `on_outcome` posts to outlives the worker.
// Threads:  constructed, destroyed and asked by one; `on_outcome` is called on the worker's own.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/http_client.h"
#include "core/loop.h"
#include "core/mailbox.h"
#include "sources/recording_download.h"
#include "sources/recording_upload.h"

namespace callstream::sources {

class recording_worker {
public:
    struct places {
        http_client_settings pbx{};
        std::optional<recording_bucket> bucket{};
    };

    recording_worker(places to, const recording_limits& limits,
                     recording_download::handler on_outcome);
    ~recording_worker();  // ends the download under way, whose part is kept
    recording_worker(const recording_worker&) = delete;
    recording_worker& operator=(const recording_worker&) = delete;

    // False when too many wait already.
    bool try_start(recording_job job) { return jobs_->try_post(std::move(job)); }

private:
    void begin(recording_job&& job);
    bool takes_on(const recording_job& job);
    void on_stored(recording_outcome&& outcome);
    void on_uploaded(const result<void>& uploaded);
    void end(recording_outcome&& outcome);
    void stop();

    const places to_;
    const recording_limits limits_;
    recording_download::handler on_outcome_;
    loop loop_;
    std::unique_ptr<http_client> client_;
    std::optional<recording_download> download_;
    std::unique_ptr<http_client> bucket_client_;
    std::optional<recording_upload> upload_;
    std::string key_;            // of the one under way
    recording_outcome outcome_;  // while it is uploaded
    std::deque<recording_job> waiting_;
    bool busy_ = false;
    std::unique_ptr<mailbox<recording_job>> jobs_;
    std::unique_ptr<wakeup> stop_;
    std::mutex stopping_;  // held while the destructor wakes the loop
    std::thread thread_;
};

}  // namespace callstream::sources
