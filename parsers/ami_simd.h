// The loops that reading AMI spends its time in, compiled for several sets of instructions.
//
// Threads: functions without state.
#pragma once

#include <span>
#include <string_view>

#include "parsers/header_match.h"
#include "parsers/line_scan.h"

namespace callstream::parsers {

struct ami_simd {
    std::string_view instructions;
    scan_lines_function scan_lines;
    match_headers_function match_headers;
};

// Those that this processor can run, the fastest first.
std::span<const ami_simd> ami_simd_variants() noexcept;

// Each in a file of its own, which is compiled for those instructions.
std::size_t scan_lines_avx2(const char* message, std::size_t end, line_scan& scan,
                            std::uint32_t* line_feeds) noexcept;
std::size_t match_headers_avx2(const header_match& match, std::size_t count) noexcept;
std::size_t scan_lines_avx512(const char* message, std::size_t end, line_scan& scan,
                              std::uint32_t* line_feeds) noexcept;
std::size_t match_headers_avx512(const header_match& match, std::size_t count) noexcept;

}  // namespace callstream::parsers
