#include <cstring>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

#include "core/crc32c.h"

using namespace callstream;

namespace {

std::uint32_t of(std::string_view text, std::uint32_t before = 0) {
    return crc32c(std::as_bytes(std::span(text)), before);
}

}  // namespace

TEST_CASE("CRC-32C gives the values of RFC 3720", "[journal]") {
    CHECK(of("123456789") == 0xe3069283);
    CHECK(crc32c(std::vector<std::byte>(32)) == 0x8a9136aa);
    CHECK(crc32c(std::vector<std::byte>(32, std::byte{0xff})) == 0x62a8ab43);
    CHECK(of("") == 0);
}

TEST_CASE("a CRC-32C goes on from the one of the bytes before", "[journal]") {
    CHECK(of("6789", of("12345")) == of("123456789"));
}
