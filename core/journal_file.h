// Looks into a journal's directory from outside, also while another process writes to it:
// `callstream tail` and `callstream journal verify|list`. Never writes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/record.h"
#include "core/result.h"

namespace callstream {

struct segment_summary {
    std::string file;
    std::uint64_t bytes = 0;  // of the file
    std::uint64_t bytes_used = 0;
    std::uint64_t position_first = 0;
    std::uint64_t sequence_first = 0;  // 0: holds no event
    std::uint64_t sequence_last = 0;
    timestamp recorded_first{};
    timestamp recorded_last{};
    bool sealed = false;  // followed by another segment
};

struct journal_fault {
    std::string file;
    std::uint64_t offset = 0;  // in the file
    std::string_view what;
};

struct cursor_summary {
    std::string name;
    std::uint64_t position = 0;
    std::uint64_t sequence_next = 0;
};

struct journal_report {
    std::vector<segment_summary> segments;
    std::vector<cursor_summary> cursors;
    std::vector<std::pair<std::string, std::string>> positions;
    std::uint64_t event_count = 0;
    std::vector<journal_fault> faults;  // empty: clean. A torn tail of the last segment is none.
};

// Reads every record, checks checksums, order and contiguous sequences (journal and each PBX).
result<journal_report> inspect_journal(const std::string& path);

// Follows a journal directory. next() gives nothing when the end is reached for now.
class journal_follower {
public:
    static result<std::unique_ptr<journal_follower>> open(const std::string& path, bool from_start);
    ~journal_follower();
    // Valid until the next call.
    result<std::optional<record>> next();

private:
    class state;
    explicit journal_follower(std::unique_ptr<state> inner);
    std::unique_ptr<state> state_;
};

}  // namespace callstream
