// The command line as data: what the man page and the completions of shells are made from. CLI11
// stays behind it.
//
// Lifetime: values.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace callstream::app {

struct option_words {
    std::vector<std::string> names{};  // "-c", "--config"; empty for a word without a name
    std::string value{};               // what the help calls its value; empty: it takes none
    std::string about{};
    std::string variable{};  // of the environment
    std::string default_value{};
    std::vector<std::string> choices{};
};

struct command_words {
    std::string name{};  // of the program for the program itself
    std::string about{};
    std::string footer{};
    std::vector<option_words> options{};
    std::vector<command_words> commands{};
};

command_words words_of(const CLI::App& line);

}  // namespace callstream::app
