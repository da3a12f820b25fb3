// A PBX's HTTP API beside its reports: the login that keeps them coming, and the recordings they
// name. Stands between the PBX's translator and its publisher, and hears there of restarts and of
// recordings.
//
// Lifetime: settings, parts and output outlive it.
// Threads:  the home loop.
#pragma once

#include <optional>

#include "app/home_parts.h"
#include "app/home_status.h"
#include "app/settings.h"
#include "core/event.h"
#include "core/report_decoder.h"
#include "core/state_store.h"
#include "sources/recording_queue.h"
#include "sources/yeastar_recordings.h"
#include "sources/yeastar_session.h"
#include "sources/yeastar_subscription.h"

namespace callstream::app {

class api_line final : public event_output {
public:
    struct places {
        event_output& output;
        state_store& kept;
    };

    api_line(const pbx_settings& settings, const home_parts& parts, const places& to);

    void publish(const event& published) override;

    // Before start(): what makes sense of reports that come over a WebSocket. Outlives it.
    void decode_with(report_decoder& reports) { reports_ = &reports; }

    // Before start(): what an earlier run kept. False: it is of no use.
    bool restore(std::string_view name, std::string_view value) {
        return (recordings_ && recordings_->restore(name, value)) ||
               (subscription_ && subscription_->restore(name, value));
    }

    void start() { session_.start(); }
    void stop();
    bool stopped() const noexcept;
    bool connected() const noexcept { return session_.connected(); }  // logged in
    void add_to(pbx_status& status) const;

private:
    void on_token();
    void on_report(std::string_view report);
    void fetch(const event& told);

    // Copies: what they are read from may move.
    const sources::yeastar_session_settings session_settings_;
    const std::optional<sources::recording_queue_settings> recording_settings_;
    const std::optional<sources::yeastar_subscription_settings> subscription_settings_;
    event_output& output_;
    report_decoder* reports_ = nullptr;
    sources::yeastar_session session_;
    std::optional<sources::yeastar_recordings> places_;
    std::optional<sources::recording_queue> recordings_;
    std::optional<sources::yeastar_subscription> subscription_;
};

}  // namespace callstream::app
