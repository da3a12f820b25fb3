// One PBX's polling: its session, its CDRs with what is known of them in other ways, its state.
//
// Lifetime: parts, places and settings outlive it.
// Threads:  the home loop.
#pragma once

#include <memory>
#include <string_view>

#include "app/home_parts.h"
#include "app/home_status.h"
#include "app/polled_family.h"
#include "app/polled_recordings.h"
#include "app/settings.h"
#include "core/cdr_row_output.h"
#include "core/state_store.h"
#include "parsers/cdr_join.h"
#include "sources/cdr_poller.h"
#include "sources/poll_client.h"

namespace callstream::app {

class poll_line final : cdr_row_output {
public:
    struct places {
        event_output& output;
        state_store& kept;
    };

    poll_line(const pbx_settings& settings, const home_parts& parts, const places& to);

    // Where the PBX's other ways in publish, so that a CDR is told once.
    event_output& joined() noexcept { return join_; }

    // Before start(): what an earlier run kept. False: it is of no use.
    bool restore(std::string_view name, std::string_view value) {
        return join_.restore(name, value) || cdrs_.restore(name, value) ||
               family_.restore(name, value) || (recordings_ && recordings_->restore(name, value));
    }
    // And what the journal still holds.
    void restore(const record& stored) { join_.restore(stored); }

    void start() { client_.start(); }
    void stop() {
        if (recordings_) recordings_->stop();
        client_.stop();
    }
    bool stopped() const noexcept { return client_.stopped(); }
    bool connected() const noexcept { return client_.connected(); }
    void add_to(pbx_status& status) const;

private:
    bool has_room() override;
    bool take(const cdr_row& row) override { return join_.take(row); }
    timestamp remembers_since() const override { return join_.remembers_since(); }
    void forget_before(timestamp ended) override { join_.forget_before(ended); }
    void end_batch() override;

    // A copy: what it is read from may move.
    const poll_settings settings_;
    const home_parts parts_;
    std::unique_ptr<polled_recordings> recordings_;  // null: they are not fetched
    polled_family family_;
    parsers::cdr_join join_;
    sources::cdr_poller cdrs_;
    sources::poll_client client_;
};

}  // namespace callstream::app
