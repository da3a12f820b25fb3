// `callstream journal list|verify`: what a journal holds, and whether it is sound.
#pragma once

#include "app/journal_looker.h"

namespace callstream::app {

class journal_command final : public journal_looker {
public:
    explicit journal_command(CLI::App& program);
    int run() override;

private:
    CLI::App* verify_;
};

}  // namespace callstream::app
