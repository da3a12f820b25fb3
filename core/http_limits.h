// Bounds of the HTTP server. Sizes are bytes, counts are things.
#pragma once

#include "core/limits.h"

namespace callstream::limits {

// A request's head and body lie in one slab; a call report is about 300 bytes.
inline constexpr std::size_t http_head_size_max = 16 * 1024;
inline constexpr std::size_t http_field_count_max = 64;
inline constexpr std::size_t http_body_size_max = 128 * 1024;
inline constexpr std::size_t http_chunk_line_size_max = 1024;
inline constexpr std::size_t http_pipeline_max = 16;  // requests of one connection not answered yet

static_assert(http_head_size_max + http_body_size_max + slab_spare_size <= slab_size,
              "a whole request fits into a slab");

}  // namespace callstream::limits
