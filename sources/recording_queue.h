// The recordings of one PBX that wait to be fetched: asks where each is, has it downloaded, tries
// again with back-off, and tells how it ended.
//
// A stored recording is told as another recording.available of the same recording, with path, size
// and checksum. One that could not be had is told as system.status with component "recording",
// after the last try. What waits is kept in a state_store, and waits again after a restart.
//
// Lifetime: settings and parts outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "core/event.h"
#include "core/loop.h"
#include "core/mailbox.h"
#include "core/state_store.h"
#include "sources/recording_template.h"
#include "sources/recording_worker.h"

namespace callstream::sources {

// How a family of PBXes is asked where a recording is.
class recording_locator {
public:
    using handler = std::function<void(const result<http_call_request>& place)>;

    virtual bool ready() const noexcept = 0;  // false: the queue waits for on_ready()
    // One at a time. Answers on a later turn.
    virtual void locate(const std::string& file, handler on_place) = 0;
    virtual void cancel() = 0;

protected:
    ~recording_locator() = default;
};

struct recording_queue_settings {
    std::string pbx{};
    std::string family{};
    std::string directory{};
    recording_template path{};
    recording_limits limits{};
    unsigned try_count_max = 8;
    std::chrono::milliseconds delay{2'000};  // before the first try: the PBX still writes it
    std::chrono::milliseconds backoff_first{5'000};
    std::chrono::milliseconds backoff_longest{600'000};
};

struct recording_queue_parts {
    loop& home;
    event_output& output;
    recording_locator& locator;
    http_client_settings http{};
    std::function<void()> on_batch{};  // after each event
    state_store* kept = nullptr;       // null: nothing is kept
};

struct recording_queue_counters {
    std::uint64_t stored = 0;
    std::uint64_t retried = 0;
    std::uint64_t failed = 0;  // given up, or not taken because too many waited
};

class recording_queue {
public:
    recording_queue(const recording_queue_settings& settings, const recording_queue_parts& parts);
    ~recording_queue();
    recording_queue(const recording_queue&) = delete;
    recording_queue& operator=(const recording_queue&) = delete;

    void add(const recording_facts& facts);
    // Before start: what an earlier run kept. False: this is none of a queue's, or damaged.
    bool restore(std::string_view name, std::string_view value);
    void on_ready();
    void stop();  // nothing is told any more

    std::size_t waiting_count() const noexcept { return waiting_.size(); }
    const recording_queue_counters& counters() const noexcept { return counters_; }

private:
    struct wanted {
        recording_facts facts{};
        std::uint64_t number = 0;
        unsigned try_count = 0;
        std::chrono::milliseconds due{0};
        std::chrono::milliseconds wait{0};  // the last one; it doubles
    };

    void wait_for(std::uint64_t number, recording_facts facts);
    void forget(std::uint64_t number);
    void schedule();
    void next();
    std::deque<wanted>::iterator first_due();
    void on_place(const result<http_call_request>& place);
    void on_outcome(recording_outcome&& outcome);
    void fail(const error& reason, const std::string& detail);
    void tell_stored(const recording_facts& facts, const stored_recording& stored);
    void tell_failed(const recording_facts& facts, const error& reason);
    void publish(event& published, const recording_facts& facts);

    const recording_queue_settings& settings_;
    const recording_queue_parts parts_;
    std::deque<wanted> waiting_;  // by when they are due; the first is under way while busy_
    bool busy_ = false;
    bool stopped_ = false;
    std::uint64_t number_ = 0;
    recording_queue_counters counters_;
    timer timer_;
    std::unique_ptr<mailbox<recording_outcome>> outcomes_;
    std::unique_ptr<recording_worker> worker_;
};

}  // namespace callstream::sources
