// Every example of the vendors' documents, and what they say in words, as rows: tests/data/FAMILY.
#include <algorithm>

#include <catch2/catch.hpp>

#include "parsers/cdr_decoder.h"
#include "tests/parsers/format_of_file.h"
#include "tests/parsers/row_words.h"
#include "tests/support/documented_examples.h"

using namespace callstream;
using namespace callstream::parsers;
using namespace callstream::test;

namespace {

constexpr timestamp read_at{std::chrono::seconds(1'700'000'000)};

// The PBXes of the Nexo and UCM guides stand on the west coast of America and in UTC.
std::string zone_of(const std::filesystem::path& file) {
    const std::string family = file.parent_path().filename().string();
    if (family == "nexo") return "Etc/GMT+8";
    return family == "fiberme" ? "Asia/Shanghai" : "UTC";
}

std::string rows_of(const std::filesystem::path& file) {
    cdr_decoder_settings settings;
    settings.format = format_of(file).value();
    settings.timezone = zone_of(file);
    cdr_decoder decoder(settings);
    std::vector<cdr_row> rows;
    const cdr_decoding read = decoder.decode(text_of_file(file), read_at, rows);
    std::string words;
    if (!read.problem.empty()) words += "problem: " + std::string(read.problem) + '\n';
    if (!read.said.empty()) words += "said: " + std::string(read.said) + '\n';
    if (read.count_total) words += "of all pages: " + std::to_string(*read.count_total) + '\n';
    for (const cdr_problem& each : decoder.problems())
        words += "rejected " + std::to_string(each.place) + ": " + std::string(each.what) + '\n';
    CHECK(read.rejected == decoder.problems().size());
    for (const cdr_row& row : rows)
        words += words_of(row);
    return words;
}

std::vector<std::filesystem::path> documents() {
    std::vector<std::filesystem::path> found;
    for (const char* const family : documented_families)
        for (const auto& each : std::filesystem::directory_iterator(data_folder() / family))
            if (format_of(each.path())) found.push_back(each.path());
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace

TEST_CASE("every documented answer and file becomes the rows beside it", "[cdr]") {
    const auto files = documents();
    REQUIRE(files.size() >= 30);
    for (const auto& file : files) {
        INFO(file);
        const std::string rows = rows_of(file);
        CHECK(rows == text_of_file(file.string() + ".rows"));
        if (const char* folder = std::getenv("CALLSTREAM_ROWS")) {
            std::ofstream(std::filesystem::path(folder) / file.parent_path().filename() /
                          (file.filename().string() + ".rows"))
                << rows;
        }
    }
}

// The lines of `words` that say who a record is.
std::string keys_in(const std::string& words) {
    std::istringstream lines(words);
    std::string keys;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("  key ") || line.starts_with("  leg ")) keys += line + '\n';
    return keys;
}

TEST_CASE("JSON, XML and CSV of one call give the same rows", "[cdr]") {
    const auto base = data_folder() / "grandstream";
    // The guide's two are not the same to the letter in what no key depends on.
    CHECK(keys_in(rows_of(base / "transfer.ucm-json")) ==
          keys_in(rows_of(base / "transfer.ucm-xml")));
    CHECK(rows_of(base / "old.ucm-json") == rows_of(base / "old.ucm-xml"));
    CHECK(rows_of(base / "old.ucm-json") == rows_of(base / "old.ucm-csv"));
}
