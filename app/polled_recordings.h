// The recordings of a PBX that is polled: each one that is told of is fetched with the PBX's login
// and stored. Stands between what reads the PBX and its publisher, and hears there of recordings.
//
// Lifetime: settings, session and parts outlive it.
// Threads:  the home loop.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "app/home_parts.h"
#include "app/settings.h"
#include "core/event.h"
#include "core/loop.h"
#include "core/state_store.h"
#include "sources/nexo_recordings.h"
#include "sources/poll_client.h"
#include "sources/poll_family.h"
#include "sources/recording_queue.h"

namespace callstream::app {

class polled_recordings final : public event_output, private sources::recording_locator {
public:
    struct places {
        event_output& output;
        state_store& kept;
    };

    polled_recordings(const pbx_settings& settings, const home_parts& parts, const places& to);

    // Before start(): whose login it uses. Outlive it.
    void ask_with(const sources::poll_session& session, sources::poll_client& client);

    void publish(const event& published) override;
    // Before start(): what an earlier run kept. False: it is of no use.
    bool restore(std::string_view name, std::string_view value) {
        return queue_.restore(name, value);
    }
    void on_ready() { queue_.on_ready(); }  // there may be a login now
    void stop() { queue_.stop(); }
    const sources::recording_queue& queue() const noexcept { return queue_; }

private:
    bool ready() const noexcept override;
    void locate(const sources::recording_facts& wanted, handler on_place) override;
    void cancel() override;
    void add(const event& told, text call_id, text leg_id, text file);
    void add_calls(const event& told, const cdr_data& cdr);
    result<http_call_request> place_of(const sources::recording_facts& wanted) const;

    // Copies: what they are read from may move.
    const poll_settings poll_;
    const sources::recording_queue_settings settings_;
    const places to_;
    const sources::poll_session* session_ = nullptr;
    std::optional<sources::nexo_recordings> nexo_;
    sources::recording_facts wanted_;
    handler on_place_;
    timer answer_;
    sources::recording_queue queue_;
};

}  // namespace callstream::app
