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
};

// One block of `size` bytes; whether the scan ends with it. Instructions has marks_of(bytes), which
// also remembers bytes above 0x7f, and write_offsets(bits, base, out), which writes base + i for
// each bit i that is set, and may write up to line_scan_slack in all.
template <class Instructions>
[[gnu::always_inline]] inline bool scan_block(Instructions& look, const char* bytes,
                                              std::size_t size, line_scan& now,
                                              std::uint32_t* line_feeds) noexcept {
    const byte_marks marks = look.marks_of(bytes);
    const std::uint64_t feeds = marks.line_feed & (~std::uint64_t{0} >> (64 - size));
    const std::uint64_t ends = feeds & ((marks.carriage_return << 1) | now.return_before);
    // An empty line ends two bytes behind another line, or behind the message's begin.
    const std::uint64_t empty = ends & ((ends << 2) | (now.ends_before >> 62));
    now.bare_line_feeds |= feeds & ~ends;
    const std::uint64_t up_to_empty = (empty & (~empty + 1)) - 1;  // all, if there is none
    const std::uint64_t taken = ends & up_to_empty;
    look.write_offsets(taken, static_cast<std::uint32_t>(now.scanned), line_feeds + now.line_count);
    now.line_count += static_cast<std::size_t>(__builtin_popcountll(taken));
    if (empty != 0) {
        now.scanned += static_cast<std::size_t>(__builtin_ctzll(empty)) + 1;
        now.ends_before = line_scan::last_bit;
        now.return_before = 0;
        return true;
    }
    now.ends_before = size == 64 ? ends : (ends << (64 - size)) | (now.ends_before >> size);
    now.return_before = (marks.carriage_return >> (size - 1)) & 1;
    now.scanned += size;
    return false;
}

template <class Instructions>
std::size_t scan_lines(const char* message, std::size_t end, line_scan& scan,
                       std::uint32_t* line_feeds) noexcept {
    line_scan now = scan;
    Instructions look;
    bool ended = false;
    while (!ended && now.scanned + 64 <= end) {
        ended = scan_block(look, message + now.scanned, 64, now, line_feeds);
    }
    if (!ended && now.scanned < end) {
        ended = scan_block(look, message + now.scanned, end - now.scanned, now, line_feeds);
    }
    now.high |= look.high();
    scan = now;
    return ended ? now.scanned : 0;
}

}  // namespace

}  // namespace callstream::parsers
