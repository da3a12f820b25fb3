// How long things took, counted in fixed buckets: 0.1 ms and then twice as much each, up to 105 s.
// A dozen instructions for each, no lock, no allocation.
//
// Threads: one adds; any reads, and may see an addition half done: the sum, not yet its bucket.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/time.h"

namespace callstream {

inline constexpr std::size_t latency_bucket_count = 22;  // the last is for all that took longer
inline constexpr std::uint64_t latency_unit_us = 100;

struct latency_counts {
    std::array<std::uint64_t, latency_bucket_count> buckets{};  // not cumulative
    std::uint64_t sum_us = 0;
};

// What a bucket holds took no longer than this; of no use for the last.
constexpr double latency_bound_seconds(std::size_t bucket) noexcept {
    return static_cast<double>(latency_unit_us << bucket) / 1e6;
}

class latency_histogram {
public:
    void add(duration took) noexcept {
        const std::uint64_t us = took.count() > 0 ? static_cast<std::uint64_t>(took.count()) : 0;
        const std::uint64_t units = (us + latency_unit_us - 1) / latency_unit_us;
        const auto bucket = static_cast<std::size_t>(std::bit_width(units > 0 ? units - 1 : 0));
        count(sum_us_, us);
        count(buckets_[bucket < latency_bucket_count ? bucket : latency_bucket_count - 1], 1);
    }

    latency_counts read() const noexcept {
        latency_counts out;
        for (std::size_t i = 0; i < latency_bucket_count; ++i)
            out.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
        out.sum_us = sum_us_.load(std::memory_order_relaxed);
        return out;
    }

private:
    // Only one thread writes: no locked instruction is needed.
    static void count(std::atomic<std::uint64_t>& of, std::uint64_t more) noexcept {
        of.store(of.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }

    std::array<std::atomic<std::uint64_t>, latency_bucket_count> buckets_{};
    std::atomic<std::uint64_t> sum_us_{0};
};

}  // namespace callstream
