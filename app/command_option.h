// An option of a command. CLI11 stays behind it: its headers cost each file seconds of compiling.
//
// Lifetime: of the command line; the value that an option fills outlives the parse.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace callstream::app {

class command_option {
public:
    // Names are CLI11's: "-c,--config", or "FILE" for a word without a name. The value's default is
    // what it holds now, and the help shows it.
    command_option(CLI::App& line, const std::string& names, std::string& value,
                   const std::string& about);
    command_option(CLI::App& line, const std::string& names, std::uint64_t& value,
                   const std::string& about);
    command_option(CLI::App& line, const std::string& names, bool& value, const std::string& about);
    // Given several times, or several words in a row.
    command_option(CLI::App& line, const std::string& names, std::vector<std::string>& value,
                   const std::string& about);

    command_option& required();
    command_option& one_of(std::vector<std::string> words);
    // `problem_of` says what is wrong with a value, or nothing.
    command_option& checked(std::function<std::string(const std::string&)> problem_of);
    // What the help calls the value.
    command_option& shown_as(const std::string& type);
    // The environment's variable that is read where the option is not given.
    command_option& or_from(const std::string& variable);

private:
    CLI::Option* made_;
};

}  // namespace callstream::app
