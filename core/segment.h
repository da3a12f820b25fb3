// One segment: a run of positions in a preallocated, mapped file, or in memory.
//
// Its blocks exist before it is mapped for writing, so that a full disk is an error here and never
// a SIGBUS later. Unlinking the file leaves the mapping alone.
//
// Lifetime: bytes() until destroyed. hold() keeps the segment_store from doing that.
// Threads:  bytes() are written by the writer's thread alone; holds may be given back on any.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "core/file.h"
#include "core/record_codec.h"
#include "core/result.h"
#include "core/time.h"

namespace callstream {

inline constexpr std::uint64_t segment_size_max = std::uint64_t{4} << 30;

struct segment_header {
    std::array<char, 8> magic{'c', 'a', 'l', 'l', 's', 't', 'r', 'm'};
    std::uint32_t version = 1;
    std::uint32_t checksum = 0;  // over the header with 0 in its place
    std::uint64_t position_first = 0;
    std::uint64_t size = 0;            // of the segment; the next one begins behind it
    std::uint64_t sequence_first = 0;  // of the first event that it will hold
    std::int64_t recorded_us = 0;      // the last recorded time before it
    std::uint32_t epoch = 0;
    std::uint32_t spare = 0;
    std::uint64_t durable = 0;  // the position below which all was on disk when it was begun
};
static_assert(sizeof(segment_header) == 64 && std::is_trivially_copyable_v<segment_header>);

enum class header_state : std::uint8_t {
    valid,
    unwritten,  // zeros or too short: made, but not begun before a crash
    damaged,
    other_version
};

struct header_check {
    header_state state = header_state::unwritten;
    segment_header header{};
};

// `position_first` is what the file's name says.
header_check check_header(std::span<const std::byte> bytes, std::uint64_t position_first) noexcept;
void put_header(std::span<std::byte> bytes, segment_header header) noexcept;

struct segment_place {
    std::string file;  // empty: in memory
    std::uint64_t position_first = 0;
};

class segment {
public:
    // A new one, all zeros. errc::full leaves nothing behind.
    static result<std::unique_ptr<segment>> create(const segment_place& place, std::uint64_t size);
    // The same of a spare file, which has an empty header and old records behind it.
    static result<std::unique_ptr<segment>> create_again(const std::string& spare,
                                                         const segment_place& place,
                                                         std::uint64_t size);
    // To read what is there, however damaged.
    static result<std::unique_ptr<segment>> open(const segment_place& place);
    // To go on writing: grown to its full size if it was cut short. errc::corrupt or bad_config
    // if its header is not valid.
    static result<std::unique_ptr<segment>> reopen(const segment_place& place);
    ~segment();
    segment(const segment&) = delete;
    segment& operator=(const segment&) = delete;

    std::uint64_t position_first() const noexcept { return place_.position_first; }
    std::uint64_t position_end() const noexcept { return place_.position_first + size_; }
    std::uint64_t size() const noexcept { return size_; }
    const std::string& file_name() const noexcept { return place_.file; }

    segment_view view() const noexcept { return {bytes_, place_.position_first}; }
    segment_space space() noexcept { return {bytes_, place_.position_first}; }

    // What was opened, closed by who takes it: to write to, unless by open(). None in memory.
    file take_file() noexcept { return std::exchange(file_, file()); }

    // As of opening, or of begin().
    const header_check& header() const noexcept { return header_; }
    // Writes the header. Before the segment is given to anyone else.
    void begin(segment_header header) noexcept;
    // In memory and held by nobody: an empty segment at another place, of pages that are there.
    void become(std::uint64_t position_first) noexcept;
    // The header again, by who looks at a file that another process writes.
    void read_header() noexcept;

    // Makes the range, as offsets, durable; waits for the disk. Prefaulting is best effort.
    result<void> sync(std::size_t from, std::size_t to) noexcept;
    void prefault(std::size_t from, std::size_t to) noexcept;
    // Zeros the range without giving up its blocks.
    result<void> clear(std::size_t from) noexcept;

    void hold() noexcept { holds_.fetch_add(1, std::memory_order_relaxed); }
    void unhold() noexcept { holds_.fetch_sub(1, std::memory_order_release); }
    bool held() const noexcept { return holds_.load(std::memory_order_acquire) != 0; }

private:
    static result<std::unique_ptr<segment>> create_in(file created, const segment_place& place,
                                                      std::uint64_t size);
    segment(const segment_place& place, std::span<std::byte> bytes, std::uint64_t size) noexcept
        : place_(place), bytes_(bytes), size_(size) {}

    segment_place place_;
    std::span<std::byte> bytes_;
    std::uint64_t size_;
    file file_;
    header_check header_;
    std::atomic<std::uint32_t> holds_{0};
};

}  // namespace callstream
