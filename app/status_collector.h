// Gathers what the home loop tells of the whole program; see home_status.
//
// Lifetime: what it is given to look at outlives the call.
// Threads:  the home loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/home_status.h"
#include "app/pbx_line.h"
#include "app/settings.h"
#include "app/sink_thread.h"

namespace callstream::app {

// The web server's own reader among the sinks: it holds nothing back.
inline constexpr std::string_view web_name = "web";

struct observed_parts {
    const std::vector<std::unique_ptr<pbx_line>>& lines;
    const std::vector<std::unique_ptr<sink_thread>>& sinks;
    journal& events;
    const sources::push_listener* push;  // may be null
    bool stopping;
};

class status_collector {
public:
    explicit status_collector(const settings& configured);

    home_status collect(const observed_parts& parts) const;

private:
    sink_status status_of(const sink_thread& sink) const;
    std::string_view type_of(std::string_view sink) const;

    std::map<std::string, std::string_view> types_;  // of sinks, by name
    timestamp started_at_;
};

}  // namespace callstream::app
