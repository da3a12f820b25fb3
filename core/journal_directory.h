// A journal's directory: names, the writer's lock, what is there.
//
//   lock                          held by the writer with flock(2)
//   00000000000000000000.segment  named by the position of its first byte, sortable
//   *.segment.spare               see spare_file.h
//   *.words                       see kept_words.h
//   cursors/NAME                  see cursor_file.h
//
// Threads: any, after open().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "core/result.h"
#include "core/segment.h"

namespace callstream {

// What is in the directory, by position. Other names are left alone.
result<std::vector<segment_place>> list_segments(const std::string& path);

std::string segment_file(const std::string& path, std::uint64_t position_first);

// The names below cursors/, sorted.
result<std::vector<std::string>> list_cursors(const std::string& path);
std::string cursor_path(const std::string& path, std::string_view name);

// Letters, digits, '.', '_' and '-', not beginning with '.': what may name a file.
bool is_cursor_name(std::string_view name) noexcept;

class journal_directory {
public:
    static constexpr std::string_view memory_path = ":memory:";

    // Makes and locks it. errc::invalid_state when another writer holds the lock.
    static result<journal_directory> open(const std::string& path);

    bool in_memory() const noexcept { return path_.empty(); }
    const std::string& path() const noexcept { return path_; }
    segment_place place_of(std::uint64_t position_first) const;
    result<void> sync() const;
    result<void> sync_cursors() const;
    result<void> remove(const std::string& file_name) const;

private:
    std::string path_;  // empty in memory
    file lock_;
};

}  // namespace callstream
