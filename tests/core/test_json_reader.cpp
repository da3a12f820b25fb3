#include <string>

#include <catch2/catch.hpp>

#include "core/json_reader.h"

using namespace callstream;

TEST_CASE("values are found by name and by index", "[core]") {
    json_document document;
    const auto root =
        document.parse(R"({"a":{"b":"text\u0041","n":4.5,"t":true,"z":null},"l":[["x","y"]]})");
    REQUIRE(root);
    CHECK((*root)["a"]["b"].text() == "textA");
    CHECK((*root)["a"]["n"].number() == 4.5);
    CHECK((*root)["a"]["t"].boolean() == true);
    CHECK_FALSE((*root)["a"]["z"]);
    CHECK((*root)["l"].size() == 1);
    CHECK((*root)["l"][0][1].text() == "y");
    REQUIRE((*root)["a"].member_count() == 4);
    CHECK((*root)["a"].member(1).name == "n");
    CHECK((*root)["a"].member(1).value.number() == 4.5);
    CHECK((*root)["l"].member_count() == 0);
    CHECK((*root)["a"].member(4).name.empty());
}

TEST_CASE("what is not there can be looked into", "[core]") {
    json_document document;
    const auto root = document.parse(R"({"a":"text"})");
    REQUIRE(root);
    CHECK_FALSE((*root)["x"]["y"][3]["z"]);
    CHECK_FALSE((*root)["a"]["b"]);
    CHECK((*root)["x"].text().empty());
    CHECK((*root)["a"].size() == 0);
    CHECK_FALSE((*root)["a"].number());
    CHECK_FALSE((*root)["a"].boolean());
}

TEST_CASE("a document is parsed anew", "[core]") {
    json_document document;
    REQUIRE(document.parse("[1]"));
    CHECK_FALSE(document.parse("[1"));
    CHECK_FALSE(document.parse(""));
    CHECK_FALSE(document.parse("[1] 2"));
    CHECK(document.parse("[1,2]").value().size() == 2);
}

TEST_CASE("depth does not exhaust the call stack", "[core]") {
    const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    json_document document;
    CHECK(document.parse(deep));
}
