#include "app/command.h"

#include <CLI/CLI.hpp>

namespace callstream::app {

command::command(CLI::App& parent, const std::string& name, const std::string& about,
                 const std::string& examples)
    : line_(parent.add_subcommand(name, about)) {
    line_->group("Commands");
    line_->set_help_flag("-h,--help", "Print this help and exit");
    line_->footer("\nExamples:\n" + examples);
}

const std::string& command::name() const {
    return line_->get_name();
}

bool command::chosen() const {
    return line_->parsed();
}

void command::add_config_option() {
    add("-c,--config", config_path_, "The configuration file")
        .shown_as("FILE")
        .or_from("CALLSTREAM_CONFIG");
}

}  // namespace callstream::app
