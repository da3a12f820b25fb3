// Counts heap allocations of a whole program: link it and the global operator new is ours.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace callstream::bench {

std::uint64_t allocation_count() noexcept;  // since the program started

}  // namespace callstream::bench
