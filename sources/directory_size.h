// How many bytes the files below a directory have: counted, then kept in mind, and counted anew
// after a while, for others store and remove files there as well.
//
// Threads: one; it waits for the disk, so not the home loop's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace callstream::sources {

class directory_size {
public:
    explicit directory_size(std::string path) : path_(std::move(path)) {}

    std::uint64_t value();
    void add(std::uint64_t size) noexcept { size_ += size; }
    void remove(std::uint64_t size) noexcept { size_ -= std::min(size, size_); }
    // Counts at the next value(): what was in the way may be gone.
    void recount() noexcept { counted_at_ = {}; }

private:
    std::string path_;
    std::uint64_t size_ = 0;
    std::chrono::steady_clock::time_point counted_at_{};
};

}  // namespace callstream::sources
