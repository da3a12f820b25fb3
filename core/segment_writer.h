// Where the writer puts records into a segment.
//
// In memory they are put in place. What goes into a file is put into a piece of memory that is used
// again and again, stays in the processor's cache, and is handed to the file by flush(): to touch
// the mapping instead costs a page fault for each page, and another after each sync.
//
// Lifetime: the segment outlives being written to.
// Threads:  the writer's. Who maps the file in another process is taken to see bytes in the order
//           of their places; where it does not, a checksum fails for the moment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/file.h"
#include "core/record_codec.h"
#include "core/segment.h"

namespace callstream {

class segment_writer {
public:
    // Goes on at `offset`. What was put into another one was flushed.
    void enter(segment& entered, std::size_t offset);

    std::uint64_t position() const noexcept { return space_.position_first + size_; }
    std::size_t left() const noexcept {
        return static_cast<std::size_t>(segment_->position_end() - position());
    }
    // For the payload of the next event: as much as left() or a record has.
    std::span<char> room();

    // Where they fit. seal() completes the event whose payload was put into room().
    void put(const stored_record& fields, named_value content);
    void seal(const stored_record& fields, const attribute_slices& slices);

    // Puts all into the file; a failure ends the process, as one of a sync does.
    void flush();

private:
    void flush_if_large();
    void stage_from(std::size_t offset) noexcept;

    segment* segment_ = nullptr;
    file file_;                     // none in memory
    std::vector<std::byte> stage_;  // for a file
    segment_space space_;           // the whole segment, or the stage at its place in the file
    std::size_t size_ = 0;          // of what is put into it
};

}  // namespace callstream
