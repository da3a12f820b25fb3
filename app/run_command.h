// `callstream run`: connects to the PBXes and delivers their events until it is told to stop.
#pragma once

#include "app/command.h"

namespace callstream::app {

class run_command final : public command {
public:
    explicit run_command(CLI::App& program);
    int run() override;
};

}  // namespace callstream::app
