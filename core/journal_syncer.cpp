#include "core/journal_syncer.h"

#include <algorithm>

#include "core/journal_stop.h"

namespace callstream {

namespace {

// From one sync to the next while nobody waits for them: each costs as much processor time as a
// hundred events.
constexpr std::chrono::milliseconds unwaited_gap{5};

}  // namespace

journal_syncer::journal_syncer(segment_store& store, const journal_settings& settings)
    : store_(store),
      mode_(store.directory().in_memory() ? fsync_mode::never : settings.fsync),
      interval_(settings.fsync_interval) {}

journal_syncer::~journal_syncer() {
    finish();
}

void journal_syncer::finish() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    woken_.notify_one();
    thread_.join();
    sync_segments(target_);
}

void journal_syncer::start(std::uint64_t position) {
    durable_ = synced_ = reported_ = prefaulted_ = target_ = position;
    poked_ = true;
    thread_ = std::thread([this] { run(); });
}

void journal_syncer::published(std::uint64_t position) {
    if (mode_ == fsync_mode::never) durable_.store(position, std::memory_order_release);
    {
        const std::lock_guard lock(mutex_);
        target_ = position;
        if (!has_work_at(position)) return;
        poked_ = true;
    }
    woken_.notify_one();
}

// To wake a thread costs as much as an event, so not for nothing.
bool journal_syncer::has_work_at(std::uint64_t position) const noexcept {
    if (mode_ != fsync_mode::never || on_durable_) return true;
    return store_.directory().in_memory() && position >= memory_end_;
}

void journal_syncer::wake() {
    {
        const std::lock_guard lock(mutex_);
        poked_ = true;
    }
    woken_.notify_one();
}

void journal_syncer::run() {
    clock::time_point due{};
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const auto ready = [this] { return poked_ || stopping_; };
        if (mode_ == fsync_mode::interval && target_ != reported_)
            woken_.wait_until(lock, due, ready);
        else
            woken_.wait(lock, ready);
        if (target_ != reported_ && mode_ == fsync_mode::batch && !on_durable_) {
            lock.unlock();
            std::this_thread::sleep_until(due);
            lock.lock();
        }
        poked_ = false;
        const std::uint64_t target = target_;
        lock.unlock();
        if (target != reported_ && (mode_ != fsync_mode::interval || clock::now() >= due)) {
            sync(target);
            due = clock::now() + (mode_ == fsync_mode::interval ? interval_ : unwaited_gap);
        }
        maintain(target);
        lock.lock();
        memory_end_ = prefaulted_ - std::min(prefaulted_, prefault_size / 2);
    }
}

void journal_syncer::maintain(std::uint64_t target) {
    // Only memory is written to in place.
    if (store_.directory().in_memory() && prefaulted_ < target + prefault_size / 2) {
        segment& written = store_.hold_at(target);
        const std::uint64_t first = written.position_first();
        const std::uint64_t from = std::max({prefaulted_, target, first});
        prefaulted_ = std::max(target, first) + prefault_size;
        written.prefault(from - first, prefaulted_ - first);
        written.unhold();
    }
    store_.make_next_ahead();
    stop_on_failure(store_.sweep());
}

void journal_syncer::sync(std::uint64_t target) {
    if (mode_ != fsync_mode::never) {
        sync_segments(target);
        durable_.store(target, std::memory_order_release);
    }
    reported_ = target;
    if (on_durable_) on_durable_(target);
}

void journal_syncer::sync_segments(std::uint64_t target) {
    for (std::uint64_t from = on_disk(); from < target;) {
        segment& part = store_.hold_at(from);
        const std::uint64_t first = part.position_first();
        from = std::max(from, first);  // what was deleted meanwhile need not be durable
        const std::uint64_t to = std::clamp(part.position_end(), from, std::max(target, from));
        const auto began = clock::now();
        stop_on_failure(part.sync(from - first, to - first));
        sync_times_.add(std::chrono::duration_cast<duration>(clock::now() - began));
        if (directory_synced_ != part.position_end()) {
            stop_on_failure(store_.directory().sync());
            directory_synced_ = part.position_end();
        }
        part.unhold();
        synced_.store(to, std::memory_order_release);
        from = to;
    }
}

}  // namespace callstream
