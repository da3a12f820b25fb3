// What the writer, the readers and the sync thread of one journal share.
//
// Threads: the writer's, but for what says otherwise.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "core/journal.h"
#include "core/journal_recovery.h"
#include "core/journal_state.h"
#include "core/journal_syncer.h"
#include "core/segment_store.h"
#include "core/segment_writer.h"

namespace callstream {

class journal_core {
public:
    journal_core(const journal_settings& settings, recovered_journal found);
    ~journal_core();
    journal_core(const journal_core&) = delete;
    journal_core& operator=(const journal_core&) = delete;

    // Begins this run: its epoch is on disk behind what was recovered.
    result<void> start();

    result<std::uint16_t> pbx_index(std::string_view name);
    result<void> set_position(std::string_view name, std::string_view value);
    result<std::span<char>> room(std::size_t size_min);
    void commit(const record_header& header, std::size_t size, timestamp now);
    void publish();
    void reclaim(timestamp now);
    void on_published(std::function<void()> call) { on_published_ = std::move(call); }
    void on_durable(std::function<void(std::uint64_t)> call) {
        syncer_.on_durable(std::move(call));
    }

    const journal_state& state() const noexcept { return *state_; }
    timestamp next_recorded_time(timestamp now) const noexcept;

    // Any thread.
    std::uint64_t published() const noexcept { return published_.load(std::memory_order_acquire); }
    std::uint64_t durable() const noexcept { return syncer_.durable(); }
    journal_usage usage() const;
    const latency_histogram& sync_times() const noexcept { return syncer_.sync_times(); }
    segment_store& segments() noexcept { return store_; }
    const pbx_table& pbxs() const noexcept { return state_->pbxs; }

private:
    result<void> roll();
    // A record of another kind than an event.
    result<void> put(const stored_record& fields, named_value content);
    bool carries(std::size_t more) const noexcept;
    result<void> put_epoch();

    std::unique_ptr<journal_state> state_;
    segment_store store_;
    segment* written_ = nullptr;  // the newest of the store
    segment_writer writer_;       // into it
    std::size_t room_size_ = 0;   // what the last room() gave
    bool started_ = false;
    std::atomic<std::uint64_t> published_{0};
    std::function<void()> on_published_;
    journal_syncer syncer_;  // the last, so that it ends before the store does
};

}  // namespace callstream
