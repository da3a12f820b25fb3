// `callstream check`: reads the configuration, says what it understood and everything that is
// wrong with it.
#pragma once

#include "app/command.h"

namespace callstream::app {

class check_command final : public command {
public:
    explicit check_command(CLI::App& program);
    int run() override;
};

}  // namespace callstream::app
