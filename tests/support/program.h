// Runs the program from outside.
#pragma once

#include <array>
#include <cstdio>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>

namespace callstream::test {

struct outcome {
    int exit_code = -1;
    std::string output;  // of stdout and stderr
};

inline outcome run_program(const std::string& arguments) {
    const std::string line = std::string(CALLSTREAM_PROGRAM) + ' ' + arguments + " 2>&1";
    std::FILE* pipe = ::popen(line.c_str(), "r");
    REQUIRE(pipe != nullptr);
    outcome out;
    std::array<char, 4096> part;
    while (const std::size_t size = std::fread(part.data(), 1, part.size(), pipe))
        out.output.append(part.data(), size);
    const int status = ::pclose(pipe);
    REQUIRE(WIFEXITED(status));
    out.exit_code = WEXITSTATUS(status);
    return out;
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace callstream::test
