// Finds CRLF line ends and the empty line that ends a message, 64 bytes at a time.
//
// A carriage return or a line feed alone is no line end. The loop is compiled once for each set of
// instructions; ami_simd.cpp chooses at run time.
//
// Threads: functions without state.
#pragma once

#include <cstddef>
#include <cstdint>

namespace callstream::parsers {

// A message that is being scanned. Offsets from its start.
struct line_scan {
    static constexpr std::uint64_t last_bit = std::uint64_t{1} << 63;

    std::size_t scanned = 0;
    std::size_t line_count = 0;
    std::uint64_t ends_before = last_bit;  // line ends in the 64 bytes before; so begins a message
    std::uint64_t return_before = 0;       // 1 if the byte before is a carriage return
    std::uint64_t high = 0;                // not 0 if there was a byte that is not ASCII
    std::uint64_t bare_line_feeds = 0;     // not 0 if one had no carriage return before it
};

// How many offsets beyond the last one a scan may touch.
inline constexpr std::size_t line_scan_slack = 64;

// Goes on from scan.scanned to `end`, writes where the line feeds of lines that are not empty
// stand, and returns the size of the message if it ends there, otherwise 0. 64 bytes behind `end`
// are readable; `line_feeds` has room for one in two bytes, and line_scan_slack more.
using scan_lines_function = std::size_t (*)(const char* message, std::size_t end, line_scan& scan,
                                            std::uint32_t* line_feeds) noexcept;

}  // namespace callstream::parsers
