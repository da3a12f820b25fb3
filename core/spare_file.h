// The file of a segment that is gone, kept for a new one: its blocks were written before, so that a
// sync has less metadata to store, and its pages are often in memory still.
//
// Old records stay in it. They prove nothing at a new position, which seeds their checksums, and
// the writer puts a zero behind each of its own.
//
// Threads: the sync thread's, but for who makes a segment of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/segment.h"

namespace callstream {

inline constexpr std::string_view spare_suffix = ".spare";

// What the segment's file is called once its name is free; empty if that could not be.
std::string set_aside(const segment& gone);

// Once that is durable: empties the header, so that it is a segment that was not begun. False, and
// the file is deleted, where that fails or anybody else has it open, who reads the old records.
bool ready_spare(const std::string& spare, std::uint64_t size);

// A segment in the spare file, or in a new one if there is none or it cannot be had.
result<std::unique_ptr<segment>> create_from(const std::string& spare, const segment_place& place,
                                             std::uint64_t size);

}  // namespace callstream
