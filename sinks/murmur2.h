// Places a key on a partition exactly as Kafka's Java client does, so that producers in either
// language agree on where a call's events lie.
#pragma once

#include <cstdint>
#include <string_view>

namespace callstream::sinks {

// org.apache.kafka.common.utils.Utils.murmur2: MurmurHash2 with Kafka's seed.
std::uint32_t murmur2(std::string_view bytes) noexcept;

// For partition_count of at least one.
std::int32_t partition_of(std::string_view key, std::int32_t partition_count) noexcept;

}  // namespace callstream::sinks
