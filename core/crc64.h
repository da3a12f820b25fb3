// CRC-64 (ECMA-182, reflected), by which pushed reports are known again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace callstream {

std::uint64_t crc64(std::span<const std::byte> bytes) noexcept;

}  // namespace callstream
