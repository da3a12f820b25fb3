#include <fstream>
#include <iterator>
#include <limits>

#include <catch2/catch.hpp>

#include "sources/recording_file.h"
#include "sources/recording_template.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

constexpr recording_limits small{.size_max = 10, .free_min = 0};

}  // namespace

TEST_CASE("a template makes a path of what is known of a recording", "[recordings]") {
    const auto parsed = recording_template::parse("{pbx}/{date}/{call_id}-{time}-{leg_id}-{file}");
    REQUIRE(parsed.has_value());
    const recording_facts facts{.pbx = "branch",
                                .call_id = "1504261084.7",
                                .leg_id = "PJSIP/201",
                                .file = "2017-1001@1003.wav",
                                .time = timestamp(std::chrono::seconds(1'504'261'086))};
    CHECK(parsed->path_of(facts) ==
          "branch/2017-09-01/1504261084.7-101806-PJSIP_201-2017-1001@1003.wav");
}

TEST_CASE("no name that a PBX gives leaves the directory", "[recordings]") {
    const auto parsed = recording_template::parse("{pbx}/{call_id}/{file}");
    REQUIRE(parsed.has_value());
    const std::string hostile =
        GENERATE(as<std::string>{}, "../../etc/passwd", "..", ".", "", "/etc/passwd", "a\\..\\b",
                 ".hidden", "a/../b", std::string("a\0b", 3), std::string(5000, 'x'));
    const std::string path = parsed->path_of({.pbx = "p", .call_id = hostile, .file = hostile});
    REQUIRE(path.starts_with("p/"));
    std::size_t slash_count = 0;
    for (std::size_t i = 0; i < path.size(); ++i) {
        CHECK(path[i] != '\0');
        CHECK(path[i] != '\\');
        if (path[i] != '/') continue;
        ++slash_count;
        REQUIRE(i + 1 < path.size());
        CHECK(path[i + 1] != '.');
        CHECK(path[i + 1] != '/');
    }
    CHECK(slash_count == 2);
    CHECK(path.size() < 300);
}

TEST_CASE("a template that could leave the directory or lose recordings is refused",
          "[recordings]") {
    const auto wrong = GENERATE("", "{pbx}", "/{file}", "../{file}", "a//{file}", "{file}/",
                                ".{file}", "{file}{unknown}", "{file}{", "a/./{file}");
    CHECK_FALSE(recording_template::parse(wrong).has_value());
}

TEST_CASE("a recording gets its name once all of it is there", "[recordings]") {
    const temporary_directory directory;
    const std::string path = directory / "a/b/one.wav";
    auto file = recording_file::open(path, small);
    REQUIRE(file.has_value());
    REQUIRE(file->append("ab").has_value());
    REQUIRE(file->append("c").has_value());
    CHECK_FALSE(std::filesystem::exists(path));
    const auto stored = file->finish();
    REQUIRE(stored.has_value());
    CHECK(stored->size == 3);
    CHECK(stored->sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(content_of(path) == "abc");
    CHECK_FALSE(std::filesystem::exists(path + ".part"));
}

TEST_CASE("what was there before is gone on with, or begun anew", "[recordings]") {
    const temporary_directory directory;
    const std::string path = directory / "one.wav";
    REQUIRE(recording_file::open(path, small)->append("ab").has_value());
    auto file = recording_file::open(path, small);
    REQUIRE(file.has_value());
    CHECK(file->size() == 2);
    const bool anew = GENERATE(true, false);
    if (anew) {
        REQUIRE(file->restart().has_value());
        REQUIRE(file->append("ab").has_value());
    }
    REQUIRE(file->append("c").has_value());
    const auto stored = file->finish();
    REQUIRE(stored.has_value());
    CHECK(stored->sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(content_of(path) == "abc");
}

TEST_CASE("limits on size and on free space hold", "[recordings]") {
    const temporary_directory directory;
    auto file = recording_file::open(directory / "one.wav", small);
    REQUIRE(file.has_value());
    REQUIRE(file->append("0123456789").has_value());
    const auto more = file->append("0");
    REQUIRE_FALSE(more.has_value());
    CHECK(more.error().code == errc::too_large);
    constexpr recording_limits greedy{.free_min = std::numeric_limits<std::uint64_t>::max()};
    const auto full = recording_file::open(directory / "two.wav", greedy);
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().code == errc::full);
}
