#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "sinks/web_assets.h"
#include "tests/support/paths.h"

using namespace callstream;

TEST_CASE("the program carries the wallboard's files as they are in the tree", "[sinks]") {
    std::set<std::string> etags;
    for (const auto& asset : sinks::web_assets()) {
        std::ifstream file(test::support_folder() / "../../sinks/web" / asset.name);
        const std::string bytes(std::istreambuf_iterator<char>(file), {});
        INFO(asset.name);
        REQUIRE(!bytes.empty());
        CHECK(asset.body == bytes);
        CHECK(asset.content_type.find("charset=utf-8") != std::string_view::npos);
        CHECK(asset.etag.size() == 18);
        etags.insert(std::string(asset.etag));
    }
    CHECK(etags.size() == sinks::web_assets().size());
}

TEST_CASE("the wallboard's page names no file that the program does not carry", "[sinks]") {
    std::set<std::string_view> names;
    for (const auto& asset : sinks::web_assets())
        names.insert(asset.name);
    REQUIRE(names.count("wallboard.html") == 1);
    for (const auto& asset : sinks::web_assets()) {
        // Imports of scripts, and what the page links to.
        for (const std::string_view before : {"from \"./", "src=\"", "href=\""}) {
            for (auto at = asset.body.find(before); at != std::string_view::npos;
                 at = asset.body.find(before, at + 1)) {
                const auto begin = at + before.size();
                const auto name = asset.body.substr(begin, asset.body.find('"', begin) - begin);
                if (name.front() == '#' || name.substr(0, 5) == "data:") continue;
                INFO(asset.name << " wants " << name);
                CHECK(names.count(name) == 1);
            }
        }
    }
}
