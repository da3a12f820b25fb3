// The recordings of one PBX that wait to be fetched: asks where each is, has it downloaded, tries
// again with back-off, and tells how it ended.
//
// A stored recording is told as another recording.available of the same recording, with path, size
// and checksum. One that could not be had is told as system.status with component "recording",
// after the last try. What waits is kept in a state_store, and waits again after a restart. Without
// room on the disk those wait that need some, which is told, and costs none of them a try. Those
// that are in the directory and lack the bucket only need none: they are tried until it takes them.
//
// Lifetime: settings and parts outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
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
    struct place {
        http_call_request request{};
        std::string member{};  // of the tar that is the answer; empty: it is the recording itself
    };
    using handler = std::function<void(const result<place>& found)>;

    virtual bool ready() const noexcept = 0;  // false: the queue waits for on_ready()
    // One at a time. Answers on a later turn.
    virtual void locate(const recording_facts& wanted, handler on_place) = 0;
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
    std::optional<recording_bucket> bucket{};  // where they go on to from the directory
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
    std::uint64_t failed = 0;   // given up, or not taken because too many waited
    std::uint64_t no_room = 0;  // tries that found no room on the disk
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
        bool is_kept = false;               // in the directory as a whole: it lacks the bucket only
    };

    void wait_for(wanted&& added);
    void keep(const wanted& one);
    void forget(std::uint64_t number);
    void schedule();
    void next();
    std::chrono::milliseconds ready_at(const wanted& one) const;
    std::deque<wanted>::iterator first_ready();
    void start_first(const recording_locator::place& place);
    void on_place(const result<recording_locator::place>& place);
    void on_outcome(recording_outcome&& outcome);
    void fail(const error& reason, const std::string& detail);
    void wait_for_room(const error& reason, const std::string& detail);
    void wait_for_bucket(const error& reason, const std::string& detail);
    void try_again(std::chrono::milliseconds wait);
    void has_room();
    void tell_status(const recording_facts& facts, text status, text reason);
    void tell_stored(const recording_facts& facts, const stored_recording& stored);
    void publish(event& published, const recording_facts& facts);

    const recording_queue_settings& settings_;
    const recording_queue_parts parts_;
    std::deque<wanted> waiting_;  // the first is under way while busy_
    bool busy_ = false;
    bool stopped_ = false;
    std::chrono::milliseconds room_due_{0};  // without room: when it is looked for again
    bool has_room_ = true;
    std::chrono::milliseconds bucket_due_{0};   // when it is tried again
    std::chrono::milliseconds bucket_wait_{0};  // 0: it takes what it is given
    std::uint64_t number_ = 0;
    recording_queue_counters counters_;
    timer timer_;
    std::unique_ptr<mailbox<recording_outcome>> outcomes_;
    std::unique_ptr<recording_worker> worker_;
};

}  // namespace callstream::sources
