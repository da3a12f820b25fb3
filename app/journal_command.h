// `callstream journal list|verify`: what a journal holds, and whether it is sound.
#pragma once

#include <string>

#include "app/journal_looker.h"

namespace callstream::app {

class journal_command final : public journal_looker {
public:
    explicit journal_command(CLI::App& program);
    int run() override;

private:
    std::string what_;
};

}  // namespace callstream::app
