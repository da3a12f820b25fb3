// Where the file sink writes: a line_file, or stdout.
//
// stdout may be a pipe or a terminal that takes nothing for as long as its reader likes. These are
// opened a second time, without blocking, because O_NONBLOCK set on descriptor 1 itself would also
// hold for the shell and every other process that shares it. A redirected file, and a socket, are
// written as they are; the sink's thread may wait in such a write.
//
// Threads: one at a time.
#pragma once

#include <cstddef>
#include <span>

#include <sys/uio.h>

#include "core/result.h"

namespace callstream::sinks {

struct write_outcome {
    std::size_t size = 0;      // written
    bool would_block = false;  // wait until the descriptor is writable
    bool closed = false;       // nobody reads any more
};

// Writes once, and again after a signal. An error is the disk's: full or io.
result<write_outcome> write_some(int descriptor, std::span<const iovec> pieces);

class standard_output {
public:
    standard_output() = default;
    ~standard_output();
    standard_output(const standard_output&) = delete;
    standard_output& operator=(const standard_output&) = delete;

    // errc::disconnected if nobody reads any more.
    result<void> open(int descriptor);
    int descriptor() const noexcept { return own_ >= 0 ? own_ : given_; }
    bool is_terminal() const noexcept;
    // Nobody reads any more; seen without a write, for there may be nothing to write for hours.
    bool is_closed() const noexcept;

private:
    int given_ = -1;
    int own_ = -1;  // the second one, which does not block
};

}  // namespace callstream::sinks
