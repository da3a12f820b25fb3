// Asks a PBX what is so now, after a login: its channels, bridges, queues, devices, registrations.
//
// One question after the other, each with its deadline. What the PBX does not know, or the user may
// not ask, is left out and told; the rest goes on.
//
// Lifetime: what it is wired to outlives it.
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/view_repair.h"
#include "sources/ami_actions.h"

namespace callstream::sources {

struct ami_snapshot_result {
    bool began_anew = false;  // since the snapshot before
    // Events that were made up to set the state right.
    std::uint64_t made_up_count = 0;
    // What the PBX did not tell and why, its first action, and how many; valid for the call.
    std::string_view left_out;
    std::string_view first_left_out;
    std::size_t left_out_count = 0;
};

struct ami_snapshot_parts {
    std::function<void(const ami_request& request, ami_answer_handler handler)> ask;
    std::function<timestamp()> time;
    view_repair& repair;
    std::function<void(const ami_snapshot_result& result)> on_done;
};

class ami_snapshot {
public:
    struct question {
        std::string_view action;
        std::optional<snapshot_part> part{};  // none: one answer, no list
        // Every PBX of that age knows it: it is worth a word when this one does not tell.
        bool is_expected = false;
    };

    ami_snapshot(ami_snapshot_parts parts, std::chrono::milliseconds timeout)
        : parts_(std::move(parts)), timeout_(timeout) {}

    // `version` is AMI's: before 2, the PBX knows other questions.
    void start(std::string_view version);
    void stop() noexcept { questions_ = {}; }  // the connection is gone

    // When the PBX began, in its own words; empty before it told. Kept over connections.
    const std::string& boot() const noexcept { return boot_; }
    void set_boot(std::string_view boot) { boot_ = boot; }

private:
    void ask_next();
    void on_answer(const message_view* answer);
    void on_row(const question& asked, const message_view& row);
    bool is_answered(const question& asked, const message_view& answer);
    void on_core_status(const message_view& answer);
    void leave_out(std::string_view why);
    void finish();

    ami_snapshot_parts parts_;
    std::chrono::milliseconds timeout_;
    std::span<const question> questions_;  // that are left; empty: none is under way
    std::string boot_;
    std::vector<std::string> rooms_;  // conferences whose parties are still to be asked for
    std::string left_out_;
    std::string_view first_left_out_;
    std::size_t left_out_count_ = 0;
    bool began_anew_ = false;
};

}  // namespace callstream::sources
