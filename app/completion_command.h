// `callstream completion`: prints what a shell needs to complete this command line.
#pragma once

#include <string>

#include "app/command.h"

namespace callstream::app {

class completion_command final : public command {
public:
    explicit completion_command(CLI::App& program);
    int run() override;

private:
    const CLI::App& program_;
    std::string shell_;
};

}  // namespace callstream::app
