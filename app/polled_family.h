// Builds what a family of PBXes needs to be polled.
//
// Lifetime: the settings outlive what is built.
// Threads:  the home loop.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/settings.h"
#include "core/event.h"
#include "core/state_reader.h"
#include "core/state_store.h"
#include "parsers/fiberme_recordings.h"
#include "parsers/fiberme_state.h"
#include "parsers/voipmonitor_state.h"
#include "sources/poll_family.h"

namespace callstream::app {

struct polled_family {
    std::string said;  // the table's name, which stands in data.vendor.event
    std::unique_ptr<sources::poll_session> session;
    std::unique_ptr<cdr_row_decoder> rows;
    std::unique_ptr<sources::cdr_api> cdrs;
    // How it stands, and what asks for that.
    std::unique_ptr<parsers::fiberme_state> fiberme;
    std::unique_ptr<parsers::voipmonitor_calls> calls;
    std::vector<std::unique_ptr<parsers::fiberme_recordings>> recordings;
    std::vector<std::unique_ptr<state_reader>> readers;
    std::vector<std::unique_ptr<sources::poll_task>> tasks;  // beside the CDRs

    // What an earlier run kept. False: it is none of a family's.
    bool restore(std::string_view name, std::string_view value) {
        for (const auto& list : recordings)
            if (list->restore(name, value)) return true;
        return calls && calls->restore(name, value);
    }
};

// For what is asked beside the CDRs.
struct polled_places {
    event_output& output;
    state_store& kept;  // what it goes on from after a restart
    std::function<bool()> has_room{};
    std::function<void()> on_batch{};
    std::function<void(timestamp began, timestamp ended)> on_call_ended{};  // whose CDR is to come
};

polled_family build_polled_family(const pbx_settings& pbx, const poll_settings& poll,
                                  const polled_places& to);

}  // namespace callstream::app
