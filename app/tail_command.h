// `callstream tail`: prints the events of a journal as they come.
#pragma once

#include <string>

#include "app/journal_looker.h"

namespace callstream::app {

class tail_command final : public journal_looker {
public:
    explicit tail_command(CLI::App& program);
    int run() override;

private:
    std::string format_ = "automatic";
    bool from_start_ = false;
    bool no_follow_ = false;
};

}  // namespace callstream::app
