// Finds out where a journal's last run ended: which segments are there, where the newest one's last
// whole record is, and what the journal remembers.
//
// The state is carried into each segment, so the newest says it all, and how far the journal is
// known to be on disk. Only what lies behind that is read. The journal ends at the first record
// there that is not whole: what follows was never durable, and is cut. A segment that was made but
// not begun, or not carried into to the end, holds no event: it is deleted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/journal.h"
#include "core/journal_directory.h"
#include "core/journal_state.h"
#include "core/segment.h"

namespace callstream {

struct recovered_journal {
    journal_directory directory;
    std::unique_ptr<journal_state> state;
    std::vector<std::unique_ptr<segment>> segments;  // the last is writable; none: a new journal
    std::size_t offset = 0;                          // in the last, where the next record goes

    struct found_cursor {
        std::string name;
        std::uint64_t position;
    };
    std::vector<found_cursor> cursors;

    std::uint64_t position() const noexcept {
        return segments.empty() ? 0 : segments.back()->position_first() + offset;
    }
};

// Locks the directory and repairs it. A cursor beyond the end is set back to it: the records it
// counted were lost with the machine's memory, and others will take their positions.
result<recovered_journal> recover_journal(const journal_settings& settings);

}  // namespace callstream
