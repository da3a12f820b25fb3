#include <catch2/catch.hpp>

#include "core/digest.h"

using namespace callstream;

TEST_CASE("MD5 is of all parts together, in lower case hex", "[digest]") {
    CHECK(to_md5_hex({}) == "d41d8cd98f00b204e9800998ecf8427e");
    CHECK(to_md5_hex({"message ", "", "digest"}) == "f96b697d7cb7938d525a2f31aaf161d0");
}
