// Reads a journal that this process writes, for one sink, on that sink's thread.
//
// Lifetime: a record's views stay valid until release() passes its end. The journal outlives its
//           readers. Registered readers keep segments from being deleted until acknowledged.
// Threads:  one thread at a time each; any number of readers beside the writer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/journal.h"
#include "core/latency_histogram.h"
#include "core/record.h"
#include "core/record_shaper.h"
#include "core/result.h"

namespace callstream {

// Where a new sink begins when it has no cursor yet.
enum class start_at : std::uint8_t { oldest, newest };

class journal_reader {
public:
    // A named reader has a cursor that survives restarts; an empty name reads without one.
    // A cursor whose records are gone or damaged starts at the oldest record kept, and says so
    // by skipped_count().
    static result<std::unique_ptr<journal_reader>> open(journal& source, std::string_view name,
                                                        start_at begin);
    ~journal_reader();
    journal_reader(const journal_reader&) = delete;
    journal_reader& operator=(const journal_reader&) = delete;

    // Before the first next(): what the shaper does not want is passed over, as if it had never
    // been, and does not hold the cursor back; payloads are as it makes them.
    void set_shaper(std::unique_ptr<record_shaper> shaper);

    // The next published event, or nothing until more are published. Damaged records are passed
    // over: that is logged with the sequences that are missing, and counted.
    result<std::optional<record>> next();

    // Goes back (or forward) to read again from `position`, a record's position or position_next
    // that is not yet released.
    void seek(std::uint64_t position);

    // Views below `position` are no longer used.
    void release(std::uint64_t position);

    // Everything below `position` is acknowledged by the broker: stores the cursor (page cache at
    // once, so that SIGKILL loses nothing) and releases.
    result<void> acknowledge(std::uint64_t position);

    std::uint64_t acknowledged() const noexcept;           // any thread
    std::uint64_t acknowledged_sequence() const noexcept;  // any thread; of the last event below it
    std::uint64_t position() const noexcept;               // of the record that next() gives
    // Any thread: events that were damaged, or gone before they were read.
    std::uint64_t skipped_count() const noexcept;
    std::uint64_t left_out_count() const noexcept;  // any thread: by the shaper
    // Any thread: from when events were recorded to when they were acknowledged or passed over;
    // nothing of a reader without a name.
    const latency_histogram& settled() const noexcept;

private:
    class state;
    explicit journal_reader(std::unique_ptr<state> inner);
    std::unique_ptr<state> state_;
};

}  // namespace callstream
