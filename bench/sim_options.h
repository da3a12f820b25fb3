// The command line of callstream-sim.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/sim_calls_program.h"
#include "bench/sim_load_program.h"
#include "bench/sim_replay_program.h"
#include "bench/sim_server.h"

namespace callstream::sim {

enum class play_mode : std::uint8_t { calls, replay, load };

struct options {
    play_mode mode = play_mode::calls;
    std::vector<listen_address> listen;
    session_settings session;
    plan_settings plan;
    double time_scale = 1;
    std::vector<std::string> captures;  // one for each address
    replay_settings replay;
    load_settings load;
    std::uint32_t seed = 1;
    bool stamped = false;
    bool version_1 = false;  // AMI 1.1
    bool pbx_per_connection = false;
    bool exit_when_done = false;
    std::optional<std::uint16_t> control;  // a port of 127.0.0.1; 0: any free one
    std::string summary = "-";             // "-": stdout
};

// Nothing when the program is to end with `exit_code`: --help, or a mistake that was explained.
std::optional<options> parse_options(int argc, char** argv, int& exit_code);

}  // namespace callstream::sim
