// A file of lines that is appended to, rotated, and made whole again after a crash.
//
// PATH is the file being written; rotated ones are PATH.<UTC time of their first event>, so that
// their names sort in order of time.
//
// Threads: one at a time. Calls may block for as long as the disk does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace callstream::sinks {

struct line_file_settings {
    std::string path;
    std::string_view torn_first;   // an unfinished last line is ours if it begins with one of these
    std::uint32_t keep_count = 0;  // rotated files kept; 0: all
};

class line_file {
public:
    explicit line_file(line_file_settings settings) : settings_(std::move(settings)) {}
    ~line_file();
    line_file(const line_file&) = delete;
    line_file& operator=(const line_file&) = delete;

    // Opens or creates the file. An unfinished last line is cut if it is ours, else ended.
    result<void> open();
    void close() noexcept;
    int descriptor() const noexcept { return descriptor_; }

    // What open() found: the last line written, also if that is in a rotated file by now.
    const std::string& last_line() const noexcept { return last_line_; }

    std::uint64_t size() const noexcept { return size_; }
    timestamp begun() const noexcept { return begun_; }  // of its first event; if size() is not 0

    // `size` bytes were appended, of an event recorded at `time`.
    void on_written(std::size_t size, timestamp time) noexcept;
    // Everything appended is on the disk.
    result<void> sync();
    // Takes back what is not known to be on the disk.
    result<void> cut_unsynced();
    // The path names another file by now, as after logrotate.
    bool is_moved() const noexcept;

    // Renames the file, opens a new one, deletes the oldest beyond keep_count.
    result<void> rotate();

private:
    result<void> repair();
    result<void> end_torn_line(std::string_view torn);
    std::string last_rotated_line() const;
    std::vector<std::string> rotated() const;  // oldest first
    void prune() const;

    line_file_settings settings_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
    std::uint64_t size_synced_ = 0;
    timestamp begun_{};
    std::string last_line_;
};

}  // namespace callstream::sinks
