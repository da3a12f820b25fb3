#include <catch2/catch.hpp>

#include "parsers/ami_text.h"

using namespace callstream;
using namespace callstream::parsers;

TEST_CASE("what stands for nothing is the null text", "[ami_text]") {
    for (const text nothing : {"", "<unknown>", "<Unknown>", "<no name>", "(null)"})
        CHECK(known_text(nothing).data() == nullptr);
    CHECK(known_text("unknown") == "unknown");
}

TEST_CASE("numbers are read whole or not at all", "[ami_text]") {
    CHECK(to_number("16") == 16);
    CHECK(to_number("-1") == -1);
    for (const text bad : {"", " 1", "1 ", "1.5", "0x10", "9223372036854775808"})
        CHECK_FALSE(to_number(bad));
    CHECK(to_seconds("12") == std::chrono::seconds(12));
    CHECK(to_milliseconds("8000") == std::chrono::seconds(8));
    for (const text bad : {"-1", "9223372036854775807"}) {
        CHECK_FALSE(to_seconds(bad));
        CHECK_FALSE(to_milliseconds(bad));
    }
}

TEST_CASE("a Timestamp has up to six decimals", "[ami_text]") {
    const timestamp second{std::chrono::seconds(1'795'228'097)};
    CHECK(to_timestamp("1795228097") == second);
    CHECK(to_timestamp("1795228097.5") == second + std::chrono::milliseconds(500));
    CHECK(to_timestamp("1795228097.000042") == second + std::chrono::microseconds(42));
    CHECK(to_timestamp("1795228097.123456789") == second + std::chrono::microseconds(123'456));
    for (const text bad : {"", ".5", "1795228097.", "1795228097.x", "1795228097.-5", "-5.0"})
        CHECK_FALSE(to_timestamp(bad));
}

TEST_CASE("C escapes are undone", "[ami_text]") {
    std::string scratch;
    CHECK(unescaped(R"(O\'Brien \"Bob\" \\ Sons)", scratch) == R"(O'Brien "Bob" \ Sons)");
    CHECK(unescaped(R"(tab\there\n)", scratch) == "tab\there\n");
    CHECK(unescaped("trailing\\", scratch) == "trailing\\");
    const text plain = "Alice";
    CHECK(unescaped(plain, scratch).data() == plain.data());
}

TEST_CASE("flags are read in either of Asterisk's ways", "[ami_text]") {
    CHECK(to_flag("1") == true);
    CHECK(to_flag("Yes") == true);
    CHECK(to_flag("on") == true);
    CHECK(to_flag("0") == false);
    CHECK(to_flag("No") == false);
    CHECK_FALSE(to_flag("maybe").has_value());
}
