// `callstream capture`: a PBX's raw bytes with their times, for replay.
#pragma once

#include <cstdint>
#include <string>

#include "app/command.h"
#include "app/settings.h"

namespace callstream::app {

class capture_command final : public command {
public:
    explicit capture_command(CLI::App& program);
    int run() override;

private:
    const pbx_settings* chosen_pbx(const settings& configured) const;

    std::string pbx_;
    std::string output_;
    std::uint64_t seconds_ = 0;
    std::uint64_t size_max_ = std::uint64_t{1} << 30;
};

}  // namespace callstream::app
