#include "app/check_command.h"

#include <cstdio>
#include <variant>

#include "app/connect_check.h"
#include "app/describe_settings.h"
#include "app/load_settings.h"
#include "app/sink_lanes.h"

namespace callstream::app {

namespace {

// Kafka's own options are known to librdkafka alone.
void check_sinks(loaded_settings& loaded) {
    for (const sink_settings& sink : loaded.value.sinks) {
        for (const sink_settings& lane : lanes_of(sink, loaded.value.pbxes)) {
            const auto* kafka = std::get_if<sinks::kafka_settings>(&lane.target);
            if (kafka == nullptr || kafka->brokers.empty()) continue;
            std::string explanation;
            if (sinks::check_kafka_settings(*kafka, explanation)) continue;
            loaded.problems.push_back({{}, "sink." + sink.name + ".kafka", explanation});
            break;
        }
    }
}

}  // namespace

check_command::check_command(CLI::App& program)
    : command(program, "check", "Read the configuration and say what is wrong with it",
              "  callstream check -c callstream.toml\n"
              "  callstream check --connect\n"
              "  HQ_AMI=secret callstream check && systemctl restart callstream\n") {
    add_config_option();
    add("--connect", connect_, "Log in to each PBX and say what would lose or blur its events");
}

int check_command::run() {
    loaded_settings loaded = load_settings(config_path_);
    check_sinks(loaded);
    if (!loaded.value.pbxes.empty()) std::fputs(describe(loaded.value).c_str(), stdout);
    for (const config_problem& problem : loaded.problems)
        std::fprintf(stderr, "%s\n", format_problem(config_path_, problem).c_str());
    if (loaded.problems.empty()) {
        std::printf("%s: fine\n", config_path_.c_str());
        return connect_ && !check_connections(loaded.value) ? exit_failed : exit_fine;
    }
    std::fprintf(stderr, "%s: %zu %s\n", config_path_.c_str(), loaded.problems.size(),
                 loaded.problems.size() == 1 ? "problem" : "problems");
    return exit_bad_config;
}

}  // namespace callstream::app
