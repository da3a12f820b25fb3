// How far a sink has come, on disk: two slots with a checksum each, written in turn, so that a
// torn write leaves the one before.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <string>

#include "core/file.h"
#include "core/result.h"

namespace callstream {

struct cursor {
    std::uint64_t position = 0;       // everything below is acknowledged
    std::uint64_t sequence_next = 0;  // of the first event that is not
};

enum class cursor_state : std::uint8_t { none, valid, damaged };

struct cursor_check {
    cursor_state state = cursor_state::none;
    cursor value{};
    std::uint64_t generation = 0;
};

result<cursor_check> read_cursor(const std::string& path);

class cursor_file {
public:
    // Makes the file if it is not there.
    static result<cursor_file> open(const std::string& path);

    const cursor_check& found() const noexcept { return found_; }
    // Into the page cache: safe from the end of this process, not from that of the machine.
    result<void> store(const cursor& value);

private:
    file file_;
    cursor_check found_;
    std::uint64_t generation_ = 0;
};

}  // namespace callstream
