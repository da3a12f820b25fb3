// Where the bytes stand that line formats are made of, found 64 bytes at a time.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace callstream::parsers {

// Bit i of each word speaks of byte i of a block.
struct byte_marks {
    static constexpr std::size_t block_size = 64;

    std::uint64_t line_feed;
    std::uint64_t carriage_return;
    std::uint64_t colon;
    std::uint64_t high;  // not ASCII
};

// Fills `out` from that many whole blocks that start at `bytes`.
using find_marks_function = void (*)(const char* bytes, std::span<byte_marks> out) noexcept;

struct find_marks_variant {
    std::string_view instructions;
    find_marks_function find;
};

// Those that this processor can run, the fastest first.
std::span<const find_marks_variant> find_marks_variants() noexcept;

}  // namespace callstream::parsers
