// `callstream import`: CDR files that a PBX wrote or that were downloaded from it, as events.
#pragma once

#include <string>
#include <vector>

#include "app/cdr_import.h"
#include "app/command.h"
#include "app/settings.h"

namespace callstream::app {

class import_command final : public command {
public:
    explicit import_command(CLI::App& program);
    int run() override;

private:
    int print();
    int add_to_journal();
    int import_for(const settings& configured, const pbx_settings& pbx);
    parsers::cdr_decoder_settings decoding(const pbx_settings* pbx) const;
    // `repeated` were known to the join, `held_back` only by their ids.
    int verdict(const import_counts& counts, std::uint64_t repeated, std::uint64_t held_back) const;

    std::vector<std::string> paths_;
    std::string format_;
    std::string given_config_;
    std::string pbx_;
    std::string timezone_;
    std::string charset_;
    std::string columns_;
    std::string output_ = "auto";
};

}  // namespace callstream::app
