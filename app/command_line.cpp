#include "app/command_line.h"

#include <CLI/CLI.hpp>

namespace callstream::app {

namespace {

// CLI11 says a type and its choices in one: "FORMAT:{ndjson,readable}".
std::vector<std::string> choices_of(const std::string& type) {
    std::vector<std::string> choices;
    const std::size_t begin = type.find(":{");
    if (begin == std::string::npos) return choices;
    const std::size_t end = type.find('}', begin);
    std::string word;
    for (std::size_t at = begin + 2; at <= end && at < type.size(); ++at) {
        if (type[at] != ',' && type[at] != '}') {
            word += type[at];
        } else {
            choices.push_back(word);
            word.clear();
        }
    }
    return choices;
}

option_words words_of(const CLI::Option& option) {
    option_words out;
    for (const std::string& name : option.get_snames())
        out.names.push_back('-' + name);
    for (const std::string& name : option.get_lnames())
        out.names.push_back("--" + name);
    const std::string type = option.get_type_name();
    if (option.get_positional())
        out.value = option.get_name(true, false);
    else if (option.get_expected_max() > 0)
        out.value = type.substr(0, type.find(':'));
    out.about = option.get_description();
    out.variable = option.get_envname();
    out.default_value = option.get_default_str();
    out.choices = choices_of(type);
    return out;
}

}  // namespace

command_words words_of(const CLI::App& line) {
    command_words out;
    out.name = line.get_name();
    out.about = line.get_description();
    out.footer = line.get_footer();
    for (const CLI::Option* option : line.get_options())
        out.options.push_back(words_of(*option));
    for (const CLI::App* inner : line.get_subcommands([](const CLI::App*) { return true; }))
        out.commands.push_back(words_of(*inner));
    return out;
}

}  // namespace callstream::app
