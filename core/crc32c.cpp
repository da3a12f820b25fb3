#include "core/crc32c.h"

#include <algorithm>

#include <isa-l/crc.h>

namespace callstream {

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) noexcept {
    // The library takes an int and neither inverts its start value nor its result.
    constexpr std::size_t step_size = std::size_t{1} << 30;
    std::uint32_t inverted = ~before;
    while (!bytes.empty()) {
        const std::size_t size = std::min(bytes.size(), step_size);
        auto* first = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(bytes.data()));
        inverted = crc32_iscsi(first, static_cast<int>(size), inverted);
        bytes = bytes.subspan(size);
    }
    return ~inverted;
}

}  // namespace callstream
