// What log.cpp is made of, apart from its clock and its output: how a line looks, and how often
// the same line may come.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/log.h"
#include "core/time.h"

namespace callstream {

struct log_line {
    timestamp time;
    log_level level = log_level::info;
    std::string_view words;
    std::span<const log_field> fields;
    std::uint64_t suppressed_count = 0;  // like lines that were left out before this one
};

// Without a line end. Whatever the fields hold, the result is one line of printable text.
std::string format_log_line(const log_line& line, log_format format);

// Lets the same line through once a second and counts what it holds back.
//
// Threads: one at a time.
class log_limiter {
public:
    using clock = std::chrono::steady_clock;

    // How many like lines were held back since the last one; nothing: hold this one back too.
    std::optional<std::uint64_t> admit(std::string_view words, std::span<const log_field> fields,
                                       clock::time_point now);

private:
    static constexpr std::size_t remembered_count_max = 4096;

    struct seen {
        clock::time_point last;
        std::uint64_t suppressed_count = 0;
    };

    std::unordered_map<std::string, seen> lines_;
    std::string key_;
};

}  // namespace callstream
