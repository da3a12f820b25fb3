#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "sinks/line_file.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

struct bench {
    test::temporary_directory folder;
    std::string path = folder.path() + "/events.ndjson";
    line_file file{{path, "{", 2}};

    void fill(const std::string& bytes) const { std::ofstream(path, std::ios::binary) << bytes; }
    static std::string content(const std::string& name) {
        std::ifstream in(name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void append(const std::string& line, timestamp time) {
        REQUIRE(write(file.descriptor(), line.data(), line.size()) ==
                static_cast<ssize_t>(line.size()));
        file.on_written(line.size(), time);
    }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(folder.path()))
            found.push_back(entry.path().filename().string());
        std::sort(found.begin(), found.end());
        return found;
    }
};

constexpr timestamp noon{1785412800000000us};  // 2026-07-30T12:00:00Z

}  // namespace

TEST_CASE("an unfinished last line is cut, and the last whole one is known", "[sinks]") {
    bench b;
    const auto [before, after, last] = GENERATE(table<std::string, std::string, std::string>({
        {"", "", ""},
        {"{\"a\":1}\n", "{\"a\":1}\n", "{\"a\":1}"},
        {"{\"a\":1}\n{\"b\"", "{\"a\":1}\n", "{\"a\":1}"},
        {"{\"a", "", ""},
        {"{1}\n{2}\n{", "{1}\n{2}\n", "{2}"},
        {std::string("{1}\n\0\0\0", 7), "{1}\n", "{1}"},
        {"other text", "other text\n", ""},
    }));
    b.fill(before);
    REQUIRE(b.file.open());
    CHECK(bench::content(b.path) == after);
    CHECK(b.file.size() == after.size());
    CHECK(b.file.last_line() == last);
}

TEST_CASE("long lines are found from the end of the file", "[sinks]") {
    bench b;
    const std::string line = "{" + std::string(300'000, 'x') + "}";
    b.fill(line + "\n" + line + "\n{" + std::string(200'000, 'y'));
    REQUIRE(b.file.open());
    CHECK(b.file.size() == 2 * (line.size() + 1));
    CHECK(b.file.last_line() == line);
}

TEST_CASE("a file without lines is not touched", "[sinks]") {
    bench b;
    const std::string bytes(5'000'000, '{');
    b.fill(bytes);
    const auto opened = b.file.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::bad_config);
    CHECK(bench::content(b.path) == bytes);
    b.file.close();
    line_file folder({b.folder.path(), "{", 0});
    CHECK_FALSE(folder.open());
}

TEST_CASE("a rotated file has the time of its first event in its name", "[sinks]") {
    bench b;
    REQUIRE(b.file.open());
    b.append("{1}\n", noon);
    b.append("{2}\n", noon + 5s);
    REQUIRE(b.file.rotate());
    CHECK(b.file.size() == 0);
    CHECK(b.file.last_line() == "{2}");
    b.append("{3}\n", noon + 6s);
    CHECK(b.names() ==
          std::vector<std::string>{"events.ndjson", "events.ndjson.20260730T120000.000000Z"});
    CHECK(bench::content(b.path) == "{3}\n");
    CHECK(bench::content(b.path + ".20260730T120000.000000Z") == "{1}\n{2}\n");
}

TEST_CASE("only the newest rotated files are kept, and nothing else is deleted", "[sinks]") {
    bench b;
    std::ofstream(b.path + ".backup") << "x";
    std::ofstream(b.path + ".20260730T120000.000000Z.gz") << "x";
    REQUIRE(b.file.open());
    for (int i = 0; i < 4; ++i) {
        b.append("{}\n", noon + i * 1h);
        REQUIRE(b.file.rotate());
    }
    CHECK(b.names() == std::vector<std::string>{
                           "events.ndjson", "events.ndjson.20260730T120000.000000Z.gz",
                           "events.ndjson.20260730T140000.000000Z",
                           "events.ndjson.20260730T150000.000000Z", "events.ndjson.backup"});
}

TEST_CASE("two files that began at the same time do not overwrite each other", "[sinks]") {
    bench b;
    REQUIRE(b.file.open());
    for (int i = 0; i < 2; ++i) {
        b.append("{" + std::to_string(i) + "}\n", noon);
        REQUIRE(b.file.rotate());
    }
    CHECK(bench::content(b.path + ".20260730T120000.000000Z") == "{0}\n");
    CHECK(bench::content(b.path + ".20260730T120000.000000Z-001") == "{1}\n");
}

TEST_CASE("a file that is opened again began with its first event", "[sinks]") {
    bench b;
    b.fill("{\"recordedtime\":\"2026-07-30T12:00:00.000000Z\"}\n{}\n");
    REQUIRE(b.file.open());
    CHECK(b.file.begun() == noon);
}

TEST_CASE("what is not synced can be taken back", "[sinks]") {
    bench b;
    REQUIRE(b.file.open());
    b.append("{1}\n", noon);
    REQUIRE(b.file.sync());
    b.append("{2}\n", noon);
    REQUIRE(b.file.cut_unsynced());
    CHECK(bench::content(b.path) == "{1}\n");
    CHECK(b.file.size() == 4);
}

TEST_CASE("a file that was moved away is noticed", "[sinks]") {
    bench b;
    REQUIRE(b.file.open());
    CHECK_FALSE(b.file.is_moved());
    fs::rename(b.path, b.path + ".1");
    CHECK(b.file.is_moved());
    REQUIRE(b.file.open());
    CHECK_FALSE(b.file.is_moved());
}
