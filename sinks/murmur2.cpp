#include "sinks/murmur2.h"

#include <cstddef>

namespace callstream::sinks {

namespace {

constexpr std::uint32_t seed = 0x9747b28c;
constexpr std::uint32_t multiplier = 0x5bd1e995;

std::uint32_t byte_at(std::string_view bytes, std::size_t index) noexcept {
    return static_cast<unsigned char>(bytes[index]);
}

std::uint32_t word_at(std::string_view bytes, std::size_t index) noexcept {
    return byte_at(bytes, index) | byte_at(bytes, index + 1) << 8 |
           byte_at(bytes, index + 2) << 16 | byte_at(bytes, index + 3) << 24;
}

}  // namespace

std::uint32_t murmur2(std::string_view bytes) noexcept {
    std::uint32_t hash = seed ^ static_cast<std::uint32_t>(bytes.size());
    while (bytes.size() >= 4) {
        std::uint32_t word = word_at(bytes, 0) * multiplier;
        word ^= word >> 24;
        hash = hash * multiplier ^ word * multiplier;
        bytes.remove_prefix(4);
    }
    if (!bytes.empty()) {
        for (std::size_t i = 0; i < bytes.size(); ++i)
            hash ^= byte_at(bytes, i) << 8 * i;
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    return hash ^ hash >> 15;
}

std::int32_t partition_of(std::string_view key, std::int32_t partition_count) noexcept {
    // Java clears the sign, which is not the same as its absolute value.
    const auto positive = static_cast<std::int32_t>(murmur2(key) & 0x7fffffff);
    return positive % partition_count;
}

}  // namespace callstream::sinks
