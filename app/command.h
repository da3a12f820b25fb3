// What a command of the program is: it adds itself to the command line, and runs if it was chosen.
//
// Lifetime: the command line outlives the command.
#pragma once

#include <string>

#include "app/command_option.h"

namespace callstream::app {

// The program's exit codes.
inline constexpr int exit_fine = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_bad_config = 78;  // EX_CONFIG of sysexits.h

class command {
public:
    virtual ~command() = default;
    command(const command&) = delete;
    command& operator=(const command&) = delete;

    const std::string& name() const;
    bool chosen() const;
    virtual int run() = 0;

protected:
    // `examples` end the command's help.
    command(CLI::App& parent, const std::string& name, const std::string& about,
            const std::string& examples);
    // See command_option.
    template <typename Value>
    command_option add(const std::string& names, Value& value, const std::string& about) {
        return command_option(*line_, names, value, about);
    }
    void add_config_option();

    std::string config_path_ = "/etc/callstream/callstream.toml";

private:
    CLI::App* line_;
};

}  // namespace callstream::app
