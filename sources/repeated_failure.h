// Which failures to log while something is tried again and again: each new one, and the same one
// at most once a minute, with how often it was met.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace callstream::sources {

class repeated_failure {
public:
    using milliseconds = std::chrono::milliseconds;

    // Counts it; whether to tell it. `time` only grows.
    bool count(const error& reason, milliseconds time) noexcept {
        ++count_;
        if (reason.what == told_ && time - told_at_ < interval) return false;
        told_ = reason.what;
        told_at_ = time;
        return true;
    }
    // Since the last take or success.
    std::uint64_t take_count() noexcept { return std::exchange(count_, 0); }
    // It worked; how often it had not.
    std::uint64_t end() noexcept {
        told_ = {};
        return take_count();
    }

private:
    static constexpr std::chrono::minutes interval{1};

    std::string_view told_;
    milliseconds told_at_{0};
    std::uint64_t count_ = 0;
};

// Nothing gets better without somebody who does something.
inline bool needs_a_person(const error& reason) noexcept {
    return reason.code == errc::refused || reason.code == errc::tls ||
           reason.code == errc::bad_config || reason.code == errc::wrong_protocol;
}

// Somebody's own words about it, and what an operator can do.
inline std::string with_hint(const std::string& detail, std::string_view hint) {
    std::string all = detail;
    if (!hint.empty()) all.append(all.empty() ? "" : "; ").append(hint);
    return all;
}

}  // namespace callstream::sources
