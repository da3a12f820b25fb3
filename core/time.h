// Points in time: UTC, microseconds. Durations are std::chrono; on the wire they are seconds.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace callstream {

using timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using duration = std::chrono::microseconds;

inline timestamp now() noexcept {
    return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
}

inline constexpr std::size_t rfc3339_size = 27;  // 2026-07-30T12:53:21.512345Z

// Writes `time` as RFC 3339 with six decimals. Years 0000 to 9999; others are clamped.
void format_rfc3339(timestamp time, std::span<char, rfc3339_size> out) noexcept;

// The same for times that mostly come in order: within a second only the decimals are made.
class rfc3339_text {
public:
    void put(timestamp time, std::span<char, rfc3339_size> out) noexcept;

private:
    std::optional<std::chrono::sys_seconds> second_;  // that text_ shows
    std::array<char, rfc3339_size> text_{};
};

}  // namespace callstream
