#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "sources/directory_size.h"
#include "sources/recording_archive.h"
#include "tests/sources/tar_entry.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

constexpr recording_limits roomy{.free_min = 0};

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
}

}  // namespace

TEST_CASE("a recording is taken out of a tar, with its own size and checksum", "[recordings]") {
    const temporary_directory directory;
    const std::string tar = directory / "one.tar";
    write(tar, tar_entry("a/other.wav", "other") + tar_entry("20210329/one.wav", "abc") +
                   std::string(1024, '\0'));
    const auto stored = store_from_tar(tar, "one.wav", directory / "in/one.wav", roomy);
    REQUIRE(stored);
    CHECK(stored->size == 3);
    CHECK(stored->sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(content_of(directory / "in/one.wav") == "abc");
    CHECK_FALSE(std::filesystem::exists(directory / "in/one.wav.part"));
}

TEST_CASE("a tar that is none, is cut off, or lacks the recording stores nothing", "[recordings]") {
    const temporary_directory directory;
    const std::string tar = directory / "one.tar";
    const std::string sound(20'000, 's');
    const std::string whole = tar_entry("one.wav", sound) + std::string(1024, '\0');
    struct wrong {
        std::string bytes;
        errc code;
    };
    const auto given = GENERATE_COPY(
        wrong{"<html>log in</html>" + std::string(600, ' '), errc::malformed},
        wrong{whole.substr(0, 9'000), errc::malformed},
        wrong{tar_entry("two.wav", sound) + std::string(1024, '\0'), errc::not_found},
        wrong{tar_entry("one.wav", "") + std::string(1024, '\0'), errc::malformed},
        wrong{tar_entry("one.wav", std::string(40'000, 's')) + std::string(1024, '\0'),
              errc::too_large});
    write(tar, given.bytes);
    recording_limits limits = roomy;
    limits.size_max = 30'000;
    const auto stored = store_from_tar(tar, "one.wav", directory / "one.wav", limits);
    REQUIRE_FALSE(stored);
    CHECK(stored.error().code == given.code);
    CHECK_FALSE(std::filesystem::exists(directory / "one.wav"));
}

TEST_CASE("what a directory holds is counted, and counted anew when asked", "[recordings]") {
    const temporary_directory directory;
    directory_size none(directory / "gone");
    CHECK(none.value() == 0);
    write(directory / "a/b/one", "12345");
    write(directory / "two", "123");
    std::filesystem::create_symlink(directory / "two", directory / "link");
    directory_size size(directory.path());
    CHECK(size.value() == 8);
    size.add(10);
    write(directory / "three", "1");
    CHECK(size.value() == 18);
    size.recount();
    CHECK(size.value() == 9);
    size.remove(4);
    CHECK(size.value() == 5);
    size.remove(40);
    CHECK(size.value() == 0);
}

TEST_CASE("a tar is read as far as a recording may be large, and never unpacked", "[recordings]") {
    const temporary_directory directory;
    const std::string tar = directory / "one.tar";
    recording_limits limits = roomy;
    limits.size_max = 30'000;
    write(tar, tar_entry("two.wav", std::string(2'000'000, 's')) + tar_entry("one.wav", "abc") +
                   std::string(1024, '\0'));
    const auto large = store_from_tar(tar, "one.wav", directory / "one.wav", limits);
    REQUIRE_FALSE(large);
    CHECK(large.error().code == errc::too_large);
    CHECK(store_from_tar(tar, "one.wav", directory / "one.wav", roomy));
    // An empty tar in gzip.
    write(tar, std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03\x63\x60\x18\x05\xa3\x60\x14\x8c"
                           "\x54\0\0\x2e\xaf\xb5\xef\0\x04\0\0",
                           29));
    const auto packed = store_from_tar(tar, "one.wav", directory / "one.wav", roomy);
    REQUIRE_FALSE(packed);
    CHECK(packed.error().code == errc::malformed);
}
