// A recording on its way to the disk: NAME.part until all of it is there and durable, then NAME.
//
// Lifetime: closing an unfinished one keeps its part, which the next one for that name goes on
// with. Threads:  one; it waits for the disk, so not the home loop's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/file.h"
#include "core/result.h"
#include "core/sha256.h"

namespace callstream::sources {

struct recording_limits {
    std::uint64_t size_max = std::uint64_t{1} << 30;  // of one recording
    std::uint64_t free_min = std::uint64_t{1} << 30;  // what stays free on that file system
    std::uint64_t kept_max = 0;  // of all files below the directory; 0: as many as there is room
};

struct stored_recording {
    std::string path{};
    std::string sha256{};
    std::uint64_t size = 0;
};

// A file that is there as a whole, with its checksum.
result<stored_recording> read_stored(const std::string& path, std::uint64_t size_max);

// Of the part of `path` that is there; 0: none.
std::uint64_t part_size(const std::string& path);

class recording_file {
public:
    // Makes the directories of `path` and opens the part.
    static result<recording_file> open(const std::string& path, const recording_limits& limits);

    std::uint64_t size() const noexcept { return size_; }  // what is there already
    result<void> restart();                                // from nothing
    void discard();                                        // leaves no part
    // Fails with too_large or full beyond the limits.
    result<void> append(std::string_view bytes);
    // Makes it durable under its own name.
    result<stored_recording> finish();

private:
    recording_file(file part, const std::string& path, const recording_limits& limits)
        : part_(std::move(part)), path_(path), limits_(limits) {}
    result<void> read_what_is_there();
    result<void> check_room();

    file part_;
    std::string path_;
    recording_limits limits_;
    sha256_digest digest_;
    std::uint64_t size_ = 0;
    std::uint64_t room_checked_at_ = 0;
};

}  // namespace callstream::sources
