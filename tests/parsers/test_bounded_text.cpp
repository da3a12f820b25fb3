#include <string>

#include <catch2/catch.hpp>

#include "parsers/bounded_text.h"

using namespace callstream;
using callstream::parsers::bounded_text;

TEST_CASE("bounded text keeps a copy, and empty is absent", "[bounded_text]") {
    bounded_text<8> kept;
    CHECK(kept.view().data() == nullptr);
    {
        std::string gone = "Alice";
        kept.assign(gone);
        gone = "xxxxx";
    }
    CHECK(kept.view() == "Alice");
    kept.refine("");
    CHECK(kept.view() == "Alice");
    kept.assign("");
    CHECK(kept.view().data() == nullptr);
}

TEST_CASE("what is too long is cut between characters", "[bounded_text]") {
    bounded_text<4> kept;
    kept.assign("abcdef");
    CHECK(kept.view() == "abcd");
    kept.assign("abc\xC3\xBC");
    CHECK(kept.view() == "abc");
    kept.assign("\xF0\x9F\x98\x80\xF0\x9F\x98\x80");
    CHECK(kept.view() == "\xF0\x9F\x98\x80");
    kept.assign("\x80\x80\x80\x80\x80");  // no characters at all
    CHECK(kept.view().size() <= 4);
}
