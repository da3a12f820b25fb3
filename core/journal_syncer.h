// The thread that waits for the disk, so that the home loop does not: makes what is published
// durable, many batches by one sync; makes the next segment, with memory ahead of the writer where
// there is no file; deletes old ones. A failed sync ends the process. Where on_durable is not asked
// for, a sync follows 5 ms after the one before.
//
// Threads: made, started and finished by the writer's; durable() by any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "core/journal.h"
#include "core/latency_histogram.h"
#include "core/segment_store.h"

namespace callstream {

class journal_syncer {
public:
    journal_syncer(segment_store& store, const journal_settings& settings);
    ~journal_syncer();
    journal_syncer(const journal_syncer&) = delete;
    journal_syncer& operator=(const journal_syncer&) = delete;

    // Everything below is durable already.
    void start(std::uint64_t position);
    void on_durable(std::function<void(std::uint64_t)> call) { on_durable_ = std::move(call); }

    void finish();  // syncs what is left; nothing happens after it
    void published(std::uint64_t position);
    void wake();  // for make_next_ahead() and sweep()

    // What on_durable was told, or will be. With fsync_mode::never that is more than is on_disk().
    std::uint64_t durable() const noexcept { return durable_.load(std::memory_order_acquire); }
    const latency_histogram& sync_times() const noexcept { return sync_times_; }  // any thread
    std::uint64_t on_disk() const noexcept { return synced_.load(std::memory_order_acquire); }

private:
    using clock = std::chrono::steady_clock;

    void run();
    bool has_work_at(std::uint64_t position) const noexcept;
    void maintain(std::uint64_t target);
    void sync(std::uint64_t target);
    void sync_segments(std::uint64_t target);

    segment_store& store_;
    const fsync_mode mode_;
    const std::chrono::milliseconds interval_;
    std::function<void(std::uint64_t)> on_durable_;
    std::atomic<std::uint64_t> durable_{0};
    std::atomic<std::uint64_t> synced_{0};
    latency_histogram sync_times_;

    // Of the thread.
    std::uint64_t reported_ = 0;  // to on_durable
    std::uint64_t prefaulted_ = 0;
    std::uint64_t directory_synced_ = 0;  // the end of the segment it was done for

    std::mutex mutex_;
    std::condition_variable woken_;
    std::uint64_t target_ = 0;
    std::uint64_t memory_end_ = 0;  // up to which there is enough of it ahead of the writer
    bool poked_ = false;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace callstream
