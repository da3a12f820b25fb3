// The journal: an append-only log of events in preallocated, memory-mapped segments.
//
// Guarantees. An event is written once and is complete or absent after a crash: each record has a
// CRC32C, a torn tail is cut at open(). A segment's blocks are allocated before it is mapped, so a
// full disk is errc::full and never SIGBUS. Source positions and the last sequence of each PBX are
// records too, carried into each new segment, so that a position and the events it covers become
// durable together. A failed fsync aborts the process.
//
// Threads: everything here belongs to the writer's thread (the home loop), but published(),
//          durable() and usage(), which any thread may call; on_published and on_durable are called
//          on the writer's and the sync thread. Readers: journal_reader.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/kept_words.h"
#include "core/limits.h"
#include "core/record.h"
#include "core/result.h"

namespace callstream {

enum class fsync_mode : std::uint8_t { batch, interval, never };

struct journal_settings {
    std::string path;  // a directory, made if it is not there; ":memory:" keeps nothing
    std::uint64_t max_bytes = 4ull << 30;  // all segments together; beyond it append is errc::full
    std::uint64_t segment_bytes = limits::segment_size_default;
    fsync_mode fsync = fsync_mode::batch;
    std::chrono::milliseconds fsync_interval{1000};  // for fsync_mode::interval
    std::chrono::seconds retention{0};  // how long a segment that every cursor has passed is kept
};

// What the writer says of an event; sequences, the record's time and the checksum are added.
struct record_header {
    event_type type = event_type::vendor_event;
    timestamp time;
    std::uint16_t pbx = 0;  // from journal::pbx_index
    bool escaped = false;
    attribute_slices attributes{};
};

struct journal_usage {
    std::uint64_t bytes = 0;  // of all segments on disk
    std::uint64_t bytes_max = 0;
    std::uint64_t segment_count = 0;
    std::uint64_t position_first = 0;  // oldest record kept
    std::uint64_t position_next = 0;
};

class journal_core;  // shared by writer, readers and the sync thread

class journal {
public:
    // Opens or creates; recovers, verifies the tail, locks the directory against a second writer.
    static result<std::unique_ptr<journal>> open(const journal_settings& settings);
    ~journal();  // syncs what is published
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;

    // Identity.
    std::uint32_t epoch() const noexcept;  // grows with every open(); part of event ids
    result<std::uint16_t> pbx_index(std::string_view pbx);  // the same for the life of the journal
    std::uint64_t next_pbx_sequence(std::uint16_t pbx) const noexcept;
    std::uint64_t last_sequence() const noexcept;  // of all PBXes together
    timestamp next_recorded_time(
        timestamp now) const noexcept;  // now, or the last if that is later

    // Append: room() gives at least `size_min` writable bytes for one payload, valid until the
    // next call to anything but commit(), which takes the first `size` of them. errc::full when
    // there is no room on disk, or readers still need the oldest segment of a journal at max_bytes.
    result<std::span<char>> room(std::size_t size_min);
    // The record's time is next_recorded_time(now).
    void commit(const record_header& header, std::size_t size, timestamp now);
    // Makes all that was committed visible to readers and due for the disk. Once for each batch.
    void publish();

    // Source positions, such as "poll.hq.cdr". Written with the events committed around them. An
    // empty value removes the position.
    result<void> set_position(std::string_view name, std::string_view value);
    std::optional<std::string_view> position(std::string_view name) const;
    // For what must be known after a kill before it is published: a file of its own, see there.
    result<kept_words> words(std::string_view name, std::size_t count);

    // Positions up to which records are visible, and safely on disk (equal to published() for
    // fsync_mode::never and ":memory:").
    std::uint64_t published() const noexcept;
    std::uint64_t durable() const noexcept;
    journal_usage usage() const noexcept;

    // Called after publish() on the writer's thread, and after a sync on the sync thread. Set
    // before the first append; must not block.
    void on_published(std::function<void()> call);
    void on_durable(std::function<void(std::uint64_t position)> call);

    // Deletes segments that every registered cursor and the retention have passed. Call it now
    // and then (each second); appending calls it too when a new segment is needed.
    void reclaim(timestamp now);

    journal_core& core() noexcept { return *core_; }

private:
    explicit journal(std::unique_ptr<journal_core> core);
    std::unique_ptr<journal_core> core_;
};

}  // namespace callstream
