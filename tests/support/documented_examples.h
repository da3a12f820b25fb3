// The entries of tests/data/FAMILY/examples.txt: what the vendors' documents show, and what becomes
// of each. tests/data/README.md says what a line is.
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/paths.h"

namespace callstream::test {

inline constexpr std::array<const char*, 4> documented_families{"nexo", "grandstream", "fiberme",
                                                                "voipmonitor"};

struct example_line {
    std::string family;
    std::string place;  // file and line
    std::string kind;   // sent, read, test, left, but
    std::string said;
    std::string body{};  // of what is sent
};

struct documented_example {
    std::string title;
    std::vector<example_line> lines{};
};

inline std::string text_of_file(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::stringstream whole;
    whole << stream.rdbuf();
    return whole.str();
}

inline std::vector<documented_example> examples_of(const std::string& family) {
    constexpr std::string_view of_entry = "    ";
    constexpr std::string_view of_body = "        ";
    std::vector<documented_example> examples;
    std::istringstream file(text_of_file(data_folder() / family / "examples.txt"));
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (line.starts_with(of_body)) {
            examples.back().lines.back().body = line.substr(of_body.size());
        } else if (line.starts_with(of_entry)) {
            line.erase(0, of_entry.size());
            const std::size_t blank = std::min(line.find(' '), line.size());
            examples.back().lines.push_back(
                {family, family + "/examples.txt:" + std::to_string(number), line.substr(0, blank),
                 line.substr(std::min(blank + 1, line.size()))});
        } else {
            examples.push_back({line});
        }
    }
    return examples;
}

inline std::vector<example_line> example_lines(std::string_view kind) {
    std::vector<example_line> found;
    for (const char* const family : documented_families)
        for (const documented_example& each : examples_of(family))
            for (const example_line& line : each.lines)
                if (line.kind == kind) found.push_back(line);
    return found;
}

}  // namespace callstream::test
