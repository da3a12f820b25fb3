// How long to wait before the next try: doubling, with full jitter in the upper half.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace callstream {

class backoff {
public:
    using milliseconds = std::chrono::milliseconds;

    backoff(milliseconds first, milliseconds longest, std::uint32_t seed)
        : first_(std::min(first, longest)), longest_(longest), wait_(first_), random_(seed) {}

    milliseconds next() {
        const auto half = wait_.count() / 2;
        std::uniform_int_distribution<std::int64_t> spread(half, wait_.count());
        wait_ = std::min(wait_ * 2, longest_);
        return milliseconds(spread(random_));
    }

    void reset() { wait_ = first_; }  // after a success

private:
    milliseconds first_;
    milliseconds longest_;
    milliseconds wait_;
    std::minstd_rand random_;
};

}  // namespace callstream
