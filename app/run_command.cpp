#include "app/run_command.h"

#include <cstdio>

#include "app/load_settings.h"
#include "app/runtime.h"
#include "core/log.h"

namespace callstream::app {

run_command::run_command(CLI::App& program)
    : command(program, "run", "Connect to the PBXes and deliver their events",
              "  callstream run -c callstream.toml\n"
              "SIGTERM and SIGINT stop it: what was published is delivered first, for as long as\n"
              "drain_deadline; the rest stays in the journal for the next start.\n") {
    add_config_option();
}

int run_command::run() {
    const loaded_settings loaded = load_settings(config_path_);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
    if (!loaded.problems.empty()) return exit_bad_config;
    set_log(loaded.value.log.level, loaded.value.log.format);
    const auto opened = runtime::open(loaded.value);
    if (!opened) return opened.error().code == errc::bad_config ? exit_bad_config : exit_failed;
    return (*opened)->run() ? exit_fine : exit_failed;
}

}  // namespace callstream::app
