#include "app/command_option.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace callstream::app {

command_option::command_option(CLI::App& line, const std::string& names, std::string& value,
                               const std::string& about)
    : made_(line.add_option(names, value, about)) {
    if (!value.empty()) made_->capture_default_str();
}

command_option::command_option(CLI::App& line, const std::string& names, std::uint64_t& value,
                               const std::string& about)
    : made_(line.add_option(names, value, about)->capture_default_str()) {}

command_option::command_option(CLI::App& line, const std::string& names, bool& value,
                               const std::string& about)
    : made_(line.add_flag(names, value, about)) {}

command_option::command_option(CLI::App& line, const std::string& names,
                               std::vector<std::string>& value, const std::string& about)
    : made_(line.add_option(names, value, about)) {}

command_option& command_option::required() {
    made_->required();
    return *this;
}

command_option& command_option::one_of(std::vector<std::string> words) {
    made_->check(CLI::IsMember(std::move(words)));
    return *this;
}

command_option& command_option::checked(std::function<std::string(const std::string&)> problem_of) {
    made_->check(std::move(problem_of));
    return *this;
}

command_option& command_option::shown_as(const std::string& type) {
    made_->type_name(type);
    return *this;
}

command_option& command_option::or_from(const std::string& variable) {
    made_->envname(variable);
    return *this;
}

}  // namespace callstream::app
