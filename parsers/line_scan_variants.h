// The loops that line_scan.cpp chooses from, each in a file of its own.
#pragma once

#include "parsers/line_scan.h"

namespace callstream::parsers {

std::size_t scan_lines_avx2(const char* message, std::size_t end, line_scan& scan,
                            std::uint32_t* line_feeds) noexcept;
std::size_t scan_lines_avx512(const char* message, std::size_t end, line_scan& scan,
                              std::uint32_t* line_feeds) noexcept;

}  // namespace callstream::parsers
