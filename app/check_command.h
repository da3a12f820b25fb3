// `callstream check`: reads the configuration, says what it understood and everything that is
// wrong with it; and, asked to connect, what is wrong with the PBXes' own.
#pragma once

#include "app/command.h"

namespace callstream::app {

class check_command final : public command {
public:
    explicit check_command(CLI::App& program);
    int run() override;

private:
    bool connect_ = false;
};

}  // namespace callstream::app
