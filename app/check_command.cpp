#include "app/check_command.h"

#include <cstdio>

#include "app/describe_settings.h"
#include "app/load_settings.h"

namespace callstream::app {

check_command::check_command(CLI::App& program)
    : command(program, "check", "Read the configuration and say what is wrong with it",
              "  callstream check -c callstream.toml\n"
              "  HQ_AMI=secret callstream check && systemctl restart callstream\n") {
    add_config_option();
}

int check_command::run() {
    const loaded_settings loaded = load_settings(config_path_);
    if (!loaded.value.pbxes.empty()) std::fputs(describe(loaded.value).c_str(), stdout);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
    if (loaded.problems.empty()) {
        std::printf("%s: fine\n", config_path_.c_str());
        return exit_fine;
    }
    std::fprintf(stderr, "%s: %zu %s\n", config_path_.c_str(), loaded.problems.size(),
                 loaded.problems.size() == 1 ? "problem" : "problems");
    return exit_bad_config;
}

}  // namespace callstream::app
