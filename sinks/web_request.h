// What a client of /api/events or /api/state asks for.
//
// Threads: any.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_filter.h"
#include "core/http_head.h"
#include "core/record.h"
#include "core/result.h"
#include "core/text_pattern.h"

namespace callstream::sinks {

// The decoded values of a parameter, in order.
std::vector<std::string> query_values(std::string_view query, std::string_view name);

// Which events a client gets: every filter is a choice, and one of them has to let an event pass.
class stream_filter {
public:
    // From type=, pbx=, queue=, extension=: texts and globs. Regular expressions are for the
    // configuration only, and too many patterns are bad_config too.
    static result<stream_filter> make(std::string_view query);

    bool passes_all() const noexcept { return choices_.empty(); }
    bool passes(const record& event);

private:
    std::vector<text_pattern> types_;  // also of source.*, which the filters let pass
    std::vector<std::unique_ptr<event_filter>> choices_;
};

struct stream_request {
    bool wants_state = false;
    bool wants_events = true;
    bool takes_gzip = false;
    std::vector<std::string> pbxes;  // of the state; empty: all
    std::optional<std::string> last_event_id;
};

stream_request read_stream_request(const http_head& head);

}  // namespace callstream::sinks
