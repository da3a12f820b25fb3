#include <array>
#include <string>

#include <catch2/catch.hpp>

#include "core/time.h"

using namespace callstream;
using namespace std::chrono_literals;

namespace {

std::string formatted(timestamp time) {
    std::array<char, rfc3339_size> out{};
    format_rfc3339(time, out);
    return {out.data(), out.size()};
}

}  // namespace

TEST_CASE("a time is written as RFC 3339 in UTC with microseconds", "[core]") {
    CHECK(formatted(timestamp{1785415401512345us}) == "2026-07-30T12:43:21.512345Z");
    CHECK(formatted(timestamp{0us}) == "1970-01-01T00:00:00.000000Z");
    CHECK(formatted(timestamp{-1us}) == "1969-12-31T23:59:59.999999Z");
    CHECK(formatted(timestamp{951782399999999us}) == "2000-02-28T23:59:59.999999Z");
}

TEST_CASE("a time that RFC 3339 cannot write is clamped", "[core]") {
    CHECK(formatted(timestamp::max()) == "9999-12-31T23:59:59.999999Z");
    CHECK(formatted(timestamp::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("times that follow one another are written like any others", "[core]") {
    rfc3339_text known;
    for (const timestamp time :
         {timestamp{1785415401512345us}, timestamp{1785415401512346us},
          timestamp{1785415401000000us}, timestamp{1785415402000001us}, timestamp{-1us},
          timestamp::min(), timestamp::max(), timestamp{1785415401999999us}}) {
        std::array<char, rfc3339_size> out{};
        known.put(time, out);
        CHECK(std::string(out.data(), out.size()) == formatted(time));
    }
}
