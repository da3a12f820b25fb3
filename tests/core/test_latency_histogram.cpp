#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "core/latency_histogram.h"

using namespace callstream;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

// The bucket that the only duration is in.
std::size_t bucket_of(duration took) {
    latency_histogram counted;
    counted.add(took);
    const latency_counts counts = counted.read();
    REQUIRE(std::accumulate(counts.buckets.begin(), counts.buckets.end(), std::uint64_t{0}) == 1);
    std::size_t bucket = 0;
    while (counts.buckets[bucket] == 0)
        ++bucket;
    return bucket;
}

}  // namespace

TEST_CASE("a duration is in the first bucket whose bound it does not pass", "[core]") {
    CHECK(bucket_of(microseconds(0)) == 0);
    CHECK(bucket_of(microseconds(100)) == 0);
    CHECK(bucket_of(microseconds(101)) == 1);
    CHECK(bucket_of(microseconds(200)) == 1);
    CHECK(bucket_of(microseconds(201)) == 2);
    for (std::size_t bucket = 0; bucket + 1 < latency_bucket_count; ++bucket) {
        const microseconds bound(std::llround(latency_bound_seconds(bucket) * 1e6));
        CHECK(bucket_of(bound) == bucket);
        CHECK(bucket_of(bound + microseconds(1)) == bucket + 1);
    }
    CHECK(bucket_of(std::chrono::hours(10'000)) == latency_bucket_count - 1);
}

TEST_CASE("a clock that was set back counts as no time", "[core]") {
    latency_histogram counted;
    counted.add(-seconds(5));
    counted.add(microseconds(1500));
    CHECK(counted.read().buckets[0] == 1);
    CHECK(counted.read().sum_us == 1500);
}
