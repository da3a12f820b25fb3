// The segments of an open journal, and who still needs them.
//
// The writer begins new segments at the end; the sync thread makes the next one ahead of time and
// deletes what was retired; readers find and hold them. One mutex, taken when someone moves between
// segments, and never held while the disk is waited for.
//
// What keeps a segment: a named reader that has not acknowledged it; a cursor without a reader, for
// one minute only (a sink may be about to open it, but one that was removed must not hold the disk
// for ever); the retention, which yields when there is no other room. A reader without a name
// keeps what it borrows mapped, but no file.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/journal.h"
#include "core/journal_directory.h"
#include "core/segment.h"

namespace callstream {

// A named reader, as long as it is there.
struct segment_holder {
    std::string name;
    std::atomic<std::uint64_t> acknowledged{0};
};

class segment_store {
public:
    segment_store(journal_directory directory, const journal_settings& settings);
    ~segment_store();
    segment_store(const segment_store&) = delete;
    segment_store& operator=(const segment_store&) = delete;

    const journal_directory& directory() const noexcept { return directory_; }

    // While opening.
    void set_segment_size(std::uint64_t size) noexcept { segment_size_ = size; }
    void add_orphan(std::string name, std::uint64_t position);  // a cursor that was found

    // The writer. `published` bounds what may go, whoever has read it.
    result<std::unique_ptr<segment>> next(timestamp now, std::uint64_t published);
    void append(std::unique_ptr<segment> begun);
    void reclaim(timestamp now, std::uint64_t published);
    std::uint64_t segment_size() const noexcept { return segment_size_; }

    // The sync thread.
    void make_next_ahead();
    result<void> sweep();  // deletes what was retired

    // Any thread. The segment in which the position lies, or the next one, or the newest: held.
    segment& hold_at(std::uint64_t position);
    bool join(segment_holder& holder);  // false when a reader of that name is there
    void leave(segment_holder& holder);
    journal_usage usage() const;

private:
    struct orphan {
        std::string name;
        std::uint64_t position = 0;
        std::optional<timestamp> since;
    };
    enum class retention_kept : bool { no, yes };

    result<std::unique_ptr<segment>> make(std::uint64_t position);

    // With the mutex held.
    std::uint64_t room_for_spares() const noexcept;
    void keep_spare(std::unique_ptr<segment>& gone);
    result<void> remove(std::vector<std::unique_ptr<segment>>& gone);
    result<std::vector<std::string>> take_names(std::vector<std::unique_ptr<segment>>& gone);
    void retire(retention_kept kept);
    std::uint64_t needed_from() const;
    std::uint64_t bytes() const noexcept;
    bool has_room() const noexcept { return bytes() + segment_size_ <= bytes_max_; }

    const journal_directory directory_;
    const std::uint64_t bytes_max_;
    const std::chrono::seconds retention_;
    std::uint64_t segment_size_;

    mutable std::mutex mutex_;
    std::condition_variable made_;
    std::deque<std::unique_ptr<segment>> live_;  // by position; the last is written to
    std::unique_ptr<segment> ahead_;
    bool making_ = false;
    std::uint64_t position_next_ = 0;                // behind the last that was given to the writer
    std::optional<error> make_error_;                // until reclaim() lets it be tried again
    std::vector<std::unique_ptr<segment>> retired_;  // to be deleted
    std::vector<std::unique_ptr<segment>> deleted_;  // to be unmapped when nobody holds them
    std::vector<std::unique_ptr<segment>> spares_;   // in memory: their pages are used again
    std::vector<std::string> spare_files_;           // and so are these
    std::vector<segment_holder*> holders_;
    std::vector<orphan> orphans_;
    timestamp clock_{};
    std::uint64_t published_ = 0;
};

// How much of a segment without a file is mapped into memory ahead of the writer.
inline constexpr std::size_t prefault_size = 16 * 1024 * 1024;

}  // namespace callstream
