// The times at which a recording's bytes were read: NAME.segments.jsonl.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>

#include "core/json_reader.h"
#include "core/result.h"
#include "core/time.h"

namespace callstream::sources {

class recorded_reads {
public:
    // Looks for the file that belongs to `recording`; none is no error.
    explicit recorded_reads(const std::string& recording);

    bool found() const noexcept { return file_.is_open(); }

    // Moves on to the read that holds the byte at `offset`. Past the last one its time stays.
    result<void> seek(std::uint64_t offset);

    timestamp arrived() const noexcept { return arrived_; }
    std::uint64_t end() const noexcept { return end_; }  // offset behind the current read

private:
    result<void> read_line();

    std::ifstream file_;
    std::string line_;
    json_document json_;
    timestamp arrived_{};
    std::uint64_t end_ = 0;
};

}  // namespace callstream::sources
