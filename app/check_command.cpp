#include "app/check_command.h"

#include <cstdio>
#include <variant>

#include "app/describe_settings.h"
#include "app/load_settings.h"

namespace callstream::app {

namespace {

// Kafka's own options are known to librdkafka alone.
void check_sinks(loaded_settings& loaded) {
    for (const sink_settings& sink : loaded.value.sinks) {
        const auto* kafka = std::get_if<sinks::kafka_settings>(&sink.target);
        if (kafka == nullptr || kafka->brokers.empty()) continue;
        std::string explanation;
        if (!sinks::check_kafka_settings(*kafka, explanation))
            loaded.problems.push_back({{}, "sink." + sink.name + ".kafka", explanation});
    }
}

}  // namespace

check_command::check_command(CLI::App& program)
    : command(program, "check", "Read the configuration and say what is wrong with it",
              "  callstream check -c callstream.toml\n"
              "  HQ_AMI=secret callstream check && systemctl restart callstream\n") {
    add_config_option();
}

int check_command::run() {
    loaded_settings loaded = load_settings(config_path_);
    check_sinks(loaded);
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
