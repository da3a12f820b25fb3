// Counts heap allocations: link it and the program's global operator new is ours.
//
// Threads: each counts its own.
#pragma once

#include <cstdint>

namespace callstream::bench {

std::uint64_t allocation_count() noexcept;  // of this thread, since it began

}  // namespace callstream::bench
