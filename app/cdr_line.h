// The CDRs of a UCM: they are asked for, pushed over HTTP, sent over TCP, or told by its manager
// interface, and each is told once, whichever way it came first. Its recordings are fetched.
//
// Lifetime: settings, parts and output outlive it.
// Threads:  the home loop.
#pragma once

#include <memory>
#include <optional>

#include "app/home_parts.h"
#include "app/home_status.h"
#include "app/polled_family.h"
#include "app/settings.h"
#include "core/cdr_row_output.h"
#include "core/event.h"
#include "core/state_store.h"
#include "parsers/cdr_join.h"
#include "parsers/ucm_push.h"
#include "sources/cdr_listener.h"
#include "sources/cdr_poller.h"
#include "sources/grandstream_api.h"
#include "sources/poll_client.h"
#include "sources/recording_queue.h"

namespace callstream::app {

class cdr_line final : public event_output, cdr_row_output {
public:
    struct places {
        event_output& output;
        state_store& kept;
    };

    cdr_line(const pbx_settings& settings, const home_parts& parts, const places& to);

    void publish(const event& published) override;
    // Where the manager interface publishes.
    event_output& joined() noexcept { return join_; }

    // Before start(): what an earlier run kept. False: it is of no use.
    bool restore(std::string_view name, std::string_view value);
    // What makes sense of a pushed body; the journal's events are restored by it.
    report_decoder& reports() noexcept { return push_; }

    // Listens; what cannot be listened at is logged.
    result<void> open();
    void start();
    void stop();
    bool stopped() const noexcept;
    bool connected() const noexcept { return !client_ || client_->connected(); }
    void add_to(pbx_status& status) const;

private:
    bool has_room() override;
    bool take(const cdr_row& row) override { return join_.take(row); }
    timestamp remembers_since() const override { return join_.remembers_since(); }
    void forget_before(timestamp ended) override { join_.forget_before(ended); }
    void end_batch() override;

    // Copies: what they are read from may move.
    const std::optional<poll_settings> poll_settings_;
    const std::optional<sources::cdr_listener_settings> output_settings_;
    const std::optional<sources::recording_queue_settings> recording_settings_;
    const home_parts parts_;
    const places to_;
    parsers::cdr_join join_;
    parsers::ucm_push push_;
    polled_family family_;
    std::optional<sources::cdr_poller> poller_;
    std::optional<sources::poll_client> client_;
    std::optional<sources::ucm_recordings> places_;
    std::optional<sources::recording_queue> recordings_;
    std::optional<sources::cdr_listener> listener_;
};

}  // namespace callstream::app
