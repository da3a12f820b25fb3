#include <string>

#include <catch2/catch.hpp>

#include "sinks/murmur2.h"

using namespace callstream::sinks;

namespace {

// Printed by org.apache.kafka.common.utils.Utils.murmur2 and toPositive of kafka-clients 4.3.1.
struct java_hash {
    std::string_view key;
    std::int32_t hash;
    std::int32_t of_12;
    std::int32_t of_7;
};

constexpr java_hash from_java[]{
    {"", 275646681, 9, 2},
    {"a", -1563381124, 4, 5},
    {"ab", 316155434, 2, 0},
    {"abc", 479470107, 3, 4},
    {"abcd", -1323649548, 8, 5},
    {"abcde", 461995741, 1, 4},
    {"hq:1753880000.42", -1840335248, 0, 6},
    {"hq:1753880000.43", 786203270, 2, 6},
    {"branch:call-id-with-a-longer-name-0123456789", 1585587753, 9, 1},
    {"zentrale:\u00fc\u00e4\u20ac", 1641854990, 2, 6},
    {"\U0001f4de", -1736527973, 3, 4},
};

}  // namespace

TEST_CASE("murmur2 and the partition are those of Kafka's Java client", "[kafka]") {
    for (const java_hash& expected : from_java) {
        CAPTURE(expected.key);
        CHECK(static_cast<std::int32_t>(murmur2(expected.key)) == expected.hash);
        CHECK(partition_of(expected.key, 12) == expected.of_12);
        CHECK(partition_of(expected.key, 7) == expected.of_7);
        CHECK(partition_of(expected.key, 1) == 0);
    }
}

TEST_CASE("murmur2 takes every byte as unsigned", "[kafka]") {
    std::string bytes;
    for (int value = 0; value < 256; ++value)
        bytes += static_cast<char>(value);
    CHECK(static_cast<std::int32_t>(murmur2(bytes)) == -1948347274);
}
