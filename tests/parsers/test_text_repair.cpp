#include <string>

#include <catch2/catch.hpp>

#include "parsers/text_repair.h"

using namespace callstream::parsers;

namespace {

std::string repaired(std::string_view text, stray_byte meaning) {
    std::string out(repair_growth_max * text.size(), '\0');
    out.resize(static_cast<std::size_t>(repair_utf8(text, meaning, out.data()) - out.data()));
    return out;
}

}  // namespace

TEST_CASE("valid text of every sequence size stays as it is", "[parsers]") {
    const std::string text =
        "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
    CHECK(is_utf8(text));
    CHECK(repaired(text, stray_byte::latin1) == text);
}

TEST_CASE("each stray byte becomes the character of ISO 8859-1", "[parsers]") {
    CHECK(repaired("\x80", stray_byte::latin1) == "\xc2\x80");
    CHECK(repaired("\xff", stray_byte::latin1) == "\xc3\xbf");
    CHECK(repaired("\xc3", stray_byte::latin1) == "\xc3\x83");
    CHECK(repaired("\xe2\x82", stray_byte::escaped) == "\\xE2\\x82");
}

TEST_CASE("overlong forms, surrogates and what is beyond Unicode are no text", "[parsers]") {
    for (const std::string bad : {"\xc0\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                                  "\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}) {
        CHECK_FALSE(is_utf8(bad));
        CHECK(repaired(bad, stray_byte::escaped).size() == 4 * bad.size());
    }
}

TEST_CASE("whatever is repaired is UTF-8 afterwards", "[parsers]") {
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
            const std::string valid = repaired(text, stray_byte::latin1);
            if (!is_utf8(valid) || is_utf8(text) != (valid == text)) FAIL(first << ' ' << second);
        }
    }
}
