// `callstream tail`: prints the events of a journal as they come, or those of a running callstream
// as its web server tells them.
#pragma once

#include <string>

#include "app/journal_looker.h"

namespace callstream::app {

class line_printer;

class tail_command final : public journal_looker {
public:
    explicit tail_command(CLI::App& program);
    int run() override;

private:
    std::string query() const;
    int follow_journal(line_printer& printer);

    std::string format_ = "automatic";
    std::string types_;
    std::string pbxes_;
    std::string queues_;
    std::string extensions_;
    std::string url_;
    std::string token_;
    bool from_start_ = false;
    bool no_follow_ = false;
    bool live_ = false;
};

}  // namespace callstream::app
