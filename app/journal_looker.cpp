#include "app/journal_looker.h"

#include <cstdio>
#include <system_error>

#include "app/load_settings.h"

namespace callstream::app {

journal_looker::journal_looker(CLI::App& parent, const std::string& name, const std::string& about,
                               const std::string& examples)
    : command(parent, name, about, examples) {
    add_config_option();
    add("-j,--journal", journal_path_,
        "The journal's directory; default: the one of the configuration")
        .shown_as("DIRECTORY");
}

std::optional<std::string> journal_looker::directory() const {
    if (!journal_path_.empty()) return journal_path_;
    const loaded_settings loaded = load_settings(config_path_);
    const std::string& path = loaded.value.journal.path;
    bool usable = !path.empty();
    for (const config_problem& problem : loaded.problems) {
        if (!path.empty() && !problem.path.starts_with("journal")) continue;
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
        usable = false;
    }
    if (path == ":memory:") {
        std::fprintf(stderr, "%s: journal.path: a journal in memory cannot be looked into\n",
                     config_path_.c_str());
        usable = false;
    }
    return usable ? std::optional(path) : std::nullopt;
}

int journal_looker::complain(const std::string& path, const error& reason) {
    std::fprintf(stderr, "%s: %s", path.c_str(), std::string(reason.what).c_str());
    if (reason.sys != 0)
        std::fprintf(stderr, ": %s", std::generic_category().message(reason.sys).c_str());
    std::fputc('\n', stderr);
    return exit_failed;
}

}  // namespace callstream::app
