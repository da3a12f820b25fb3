#include "core/crc64.h"

#include <isa-l/crc64.h>

namespace callstream {

std::uint64_t crc64(std::span<const std::byte> bytes) noexcept {
    return crc64_ecma_refl(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace callstream
