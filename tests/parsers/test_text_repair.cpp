#include <string>

#include <catch2/catch.hpp>

#include "parsers/ami_message.h"
#include "parsers/text_decoder.h"
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

namespace {

std::string decoded(const std::string& text, charset from) {
    text_decoder decoder(from);
    if (decoder.keeps(text)) return text;
    std::string out(repair_growth_max * text.size(), '\0');
    out.resize(static_cast<std::size_t>(decoder.decode(text, out.data()) - out.data()));
    return out;
}

}  // namespace

TEST_CASE("text is decoded from the character set of its PBX", "[parsers]") {
    CHECK(decoded("M\xfcller", charset::guessed) == "M\u00fcller");
    CHECK(decoded("M\xfcller", charset::utf8) == "M\\xFCller");
    CHECK(decoded("M\xfcller", charset::latin1) == "M\u00fcller");
    CHECK(decoded("\xc8\xe2\xe0\xed", charset::cp1251) == "\u0418\u0432\u0430\u043d");
    CHECK(decoded("\xd5\xc5\xc8\xfd 101", charset::gbk) == "\u5f20\u4e09 101");
    // These two characters are valid UTF-8 by chance.
    CHECK(decoded("\xc1\xaa\xcd\xa8", charset::gbk) == "\u8054\u901a");
}

TEST_CASE("what is no character of the set is escaped, and the rest goes on", "[parsers]") {
    CHECK(decoded("a\x98z", charset::cp1251) == "a\\x98z");
    CHECK(decoded("\xff\xd5\xc5", charset::gbk) == "\\xFF\u5f20");
    CHECK(decoded("torn \xd5", charset::gbk) == "torn \\xD5");
}

TEST_CASE("whatever is decoded is UTF-8 afterwards", "[parsers]") {
    const charset from = GENERATE(charset::latin1, charset::cp1251, charset::gbk);
    for (unsigned first = 0; first < 256; ++first) {
        for (unsigned second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
            if (!is_utf8(decoded(text, from))) FAIL(first << ' ' << second);
        }
    }
}

TEST_CASE("the headers of a message are decoded, their order and bounds stay", "[parsers]") {
    ami_message message(charset::gbk);
    REQUIRE(message.index("Event: Newchannel\r\nCallerIDName: \xd5\xc5\xc8\xfd\r\nContext: x\r\n"));
    CHECK(message.find("CallerIDName") == "\u5f20\u4e09");
    CHECK(message.find("Context") == "x");
}

TEST_CASE("text is cut between characters", "[text]") {
    CHECK(whole_characters("abc", 3) == "abc");
    CHECK(whole_characters("abc\xC3\xA9", 4) == "abc");
    CHECK(whole_characters("abc\xC3\xA9", 5) == "abc\xC3\xA9");
    CHECK(whole_characters("\xE2\x82\xAC", 2) == "");
}
