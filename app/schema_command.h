// `callstream schema`: prints the JSON Schema of one event type or of all, or their list.
#pragma once

#include <string>

#include "app/command.h"

namespace callstream::app {

class schema_command final : public command {
public:
    explicit schema_command(CLI::App& program);
    int run() override;

private:
    std::string type_;
    bool list_ = false;
    bool ami_events_ = false;
};

}  // namespace callstream::app
