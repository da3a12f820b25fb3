// CRC-32C (Castagnoli), the checksum of every stored record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace callstream {

// `before` is the checksum of the bytes in front of these: crc32c(b, crc32c(a)) is that of a and b.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0) noexcept;

}  // namespace callstream
