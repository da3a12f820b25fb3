// Asks a PBX that we are logged in to for what bears on the events that it will send us.
//
// manager.conf tells most, but holds secrets: only our own user's part of it is asked for, and only
// if the caller says that nobody can listen; an older Asterisk sends all of the file. Nothing of it
// is kept but the lines named here.
//
// Lifetime: what is asked with outlives it.
// Threads:  the home loop.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"
#include "sources/ami_actions.h"

namespace callstream::sources {

struct ami_probe_report {
    std::optional<duration> clock_ahead;  // the PBX's, of ours; nothing if it does not tell it
    bool has_core_settings = false;
    std::string version;  // of Asterisk
    std::string system_name;
    std::optional<bool> writes_cdrs;
    std::optional<bool> has_cdr_manager;  // the module that sends CDRs as events
    // Whether the user may ask which calls there are now, and by which action.
    std::optional<bool> may_list_channels;
    std::string_view channel_list;
    // read, writetimeout, timestampevents and eventfilter (the last of several), by name.
    bool has_config = false;
    std::map<std::string, std::string, std::less<>> config;
};

struct ami_probe_settings {
    std::string username;
    bool is_private = false;  // nobody can listen on the way to the PBX
};

class ami_probe {
public:
    using asker = std::function<void(const ami_request&, ami_answer_handler)>;

    ami_probe(const ami_probe_settings& settings, asker ask, std::function<void()> done);

    void start();
    const ami_probe_report& report() const noexcept { return report_; }

private:
    void on_ping(const message_view* answer);
    void ask_core_settings();
    void ask_cdr_manager();
    void ask_commands();
    void ask_config(std::string_view category);
    void read_config(const message_view& answer, std::string_view category);

    const ami_probe_settings settings_;
    const asker ask_;
    const std::function<void()> done_;
    timestamp asked_at_{};
    ami_probe_report report_;
};

}  // namespace callstream::sources
