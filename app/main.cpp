// callstream: call events from IP PBXes to Kafka and Redis Streams.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "app/capture_command.h"
#include "app/check_command.h"
#include "app/command.h"
#include "app/completion_command.h"
#include "app/import_command.h"
#include "app/journal_command.h"
#include "app/nexo_command.h"
#include "app/reference_command.h"
#include "app/replay_command.h"
#include "app/run_command.h"
#include "app/schema_command.h"
#include "app/tail_command.h"
#include "app/top_command.h"
#include "app/version.h"
#include "core/config_value.h"

using namespace callstream::app;

namespace {

constexpr const char* about =
    "callstream turns what IP PBXes say into one ordered stream of call events\n"
    "and delivers it to Kafka, Redis Streams, files or standard output.\n";

constexpr const char* footer =
    "\nExit codes: 0 fine, 78 bad configuration, 1 otherwise.\n"
    "`callstream COMMAND --help` has the options of a command, and examples.";

// CLI11 would only say that it did not expect the word.
int refuse(const std::vector<std::string_view>& names, std::string_view word) {
    const std::string nearest(callstream::nearest_word(word, names));
    std::fprintf(stderr, "callstream: there is no command '%s'%s\n", std::string(word).c_str(),
                 nearest.empty() ? "; see --help" : ("; did you mean '" + nearest + "'?").c_str());
    return exit_failed;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App program{about, "callstream"};
    program.set_version_flag("--version", std::string(version_text), "Print the version and exit");
    program.set_help_flag("-h,--help", "Print this help and exit");
    program.footer(footer);
    program.get_formatter()->label("SUBCOMMAND", "COMMAND");

    std::vector<std::unique_ptr<command>> commands;
    commands.push_back(std::make_unique<run_command>(program));
    commands.push_back(std::make_unique<check_command>(program));
    commands.push_back(std::make_unique<capture_command>(program));
    commands.push_back(std::make_unique<replay_command>(program));
    commands.push_back(std::make_unique<import_command>(program));
    commands.push_back(std::make_unique<tail_command>(program));
    commands.push_back(std::make_unique<top_command>(program));
    commands.push_back(std::make_unique<journal_command>(program));
    commands.push_back(std::make_unique<schema_command>(program));
    commands.push_back(std::make_unique<reference_command>(program));
    commands.push_back(std::make_unique<completion_command>(program));
    commands.push_back(std::make_unique<nexo_command>(program));

    std::vector<std::string_view> names;
    for (const auto& each : commands)
        names.push_back(each->name());
    const std::string_view first = argc > 1 ? argv[1] : "-";
    if (!first.starts_with('-') && std::find(names.begin(), names.end(), first) == names.end())
        return refuse(names, first);
    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& problem) {
        return program.exit(problem) == 0 ? exit_fine : exit_failed;
    }
    for (const auto& each : commands)
        if (each->chosen()) return each->run();
    std::fputs(program.help().c_str(), stderr);
    return exit_failed;
}
