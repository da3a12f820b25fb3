// `callstream nexo`: shows, or deletes, CDRs and recordings of a Nexo PBX. Nothing else in
// callstream deletes anything on a PBX.
#pragma once

#include <string>
#include <vector>

#include "app/api_dialogue.h"
#include "app/command.h"
#include "app/settings.h"
#include "core/json_reader.h"
#include "sources/nexo_api.h"

namespace callstream::app {

class nexo_command final : public command {
public:
    explicit nexo_command(CLI::App& program);
    int run() override;

private:
    const pbx_settings* find_pbx(const settings& configured) const;
    int work(const pbx_settings& pbx);
    bool list(api_dialogue& asked, const std::string& url);
    bool remove(api_dialogue& asked, const std::string& url);

    std::string action_;
    std::string what_ = "cdrs";
    std::string pbx_;
    std::string from_;
    std::string to_;
    std::string src_;
    std::string dst_;
    std::string direction_ = "All";
    std::string disposition_ = "All";
    bool yes_ = false;

    std::size_t count_ = 0;           // of what was listed last
    std::vector<std::string> files_;  // of the recordings among it
};

}  // namespace callstream::app
