// `callstream replay`: recorded bytes in, events out, offline.
#pragma once

#include <cstdint>
#include <string>

#include "app/command.h"
#include "app/event_lines.h"
#include "core/decoder.h"

namespace callstream::app {

class replay_command final : public command {
public:
    explicit replay_command(CLI::App& program);
    int run() override;

private:
    int replay(decoder& decoder, event_lines& lines);

    std::string path_ = "-";
    std::string format_ = "ami";
    std::string pbx_ = "replay";
    std::string timezone_ = "UTC";
    std::string charset_ = "guessed";
    std::string cut_ = "recorded";
    std::string output_ = "auto";
};

}  // namespace callstream::app
