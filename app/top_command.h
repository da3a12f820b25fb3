// `callstream top`: the live calls, queues, PBXes and sinks of a running callstream, in a terminal.
#pragma once

#include <string>

#include "app/command.h"

namespace callstream::app {

class top_command final : public command {
public:
    explicit top_command(CLI::App& program);
    int run() override;

private:
    std::string url_;
    std::string token_;
    bool once_ = false;
};

}  // namespace callstream::app
