// The loop of line_scan.h, for a file that is compiled for certain instructions.
//
// All here has internal linkage and calls nothing of the standard library: an inline function that
// two files share would be linked once, perhaps with instructions that the processor lacks.
#pragma once

#include "parsers/line_scan.h"

namespace callstream::parsers {

namespace {

// Bit i speaks of byte i of 64.
struct byte_marks {
    std::uint64_t line_feed;
    std::uint64_t carriage_return;
    std::uint64_t high;
};

// Instructions has marks_of(bytes), and write_offsets(bits, base, out), which writes base + i for
// each bit i that is set, and may write up to line_scan_slack in all.
template <class Instructions>
std::size_t scan_lines(const char* message, std::size_t end, line_scan& scan,
                       std::uint32_t* line_feeds) noexcept {
    line_scan now = scan;
    std::size_t message_size = 0;
    while (now.scanned < end && message_size == 0) {
        const std::size_t left = end - now.scanned;
        byte_marks marks = Instructions::marks_of(message + now.scanned);
        const std::size_t size = left < 64 ? left : 64;
        const std::uint64_t valid = ~std::uint64_t{0} >> (64 - size);
        marks.line_feed &= valid;
        now.high |= marks.high & valid;

        const std::uint64_t ends =
            marks.line_feed & ((marks.carriage_return << 1) | now.return_before);
        const std::uint64_t first_feed = marks.line_feed & (~marks.line_feed + 1);
        if ((first_feed & ~ends) != 0 && now.line_count == 0) {
            now.bare_line_feed = true;
            break;
        }
        // An empty line ends two bytes behind another line, or behind the message's begin.
        const std::uint64_t empty = ends & ((ends << 2) | (now.ends_before >> 62));
        const std::uint64_t up_to_empty = (empty & (~empty + 1)) - 1;  // all, if there is none
        const std::uint64_t taken = ends & up_to_empty;
        Instructions::write_offsets(taken, static_cast<std::uint32_t>(now.scanned),
                                    line_feeds + now.line_count);
        now.line_count += static_cast<std::size_t>(__builtin_popcountll(taken));
        if (empty != 0) {
            const auto at = static_cast<std::size_t>(__builtin_ctzll(empty));
            now.ends_before = line_scan::last_bit;
            now.return_before = 0;
            now.scanned += at + 1;
            message_size = now.scanned;
        } else {
            now.ends_before = size == 64 ? ends : (ends << (64 - size)) | (now.ends_before >> size);
            now.return_before = (marks.carriage_return >> (size - 1)) & 1;
            now.scanned += size;
        }
    }
    scan = now;
    return message_size;
}

}  // namespace

}  // namespace callstream::parsers
