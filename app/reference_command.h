// `callstream reference`: prints what is written down about the program, made from the program: the
// options of its configuration, its man page. docs/ and the packages hold what it prints.
#pragma once

#include <string>

#include "app/command.h"

namespace callstream::app {

class reference_command final : public command {
public:
    explicit reference_command(CLI::App& program);
    int run() override;

private:
    std::string page() const;

    const CLI::App& program_;
    std::string page_;
};

}  // namespace callstream::app
