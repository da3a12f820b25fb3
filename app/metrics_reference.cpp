#include "app/metrics_reference.h"

#include <array>

#include "app/metric_table.h"

namespace callstream::app {

namespace {

constexpr std::string_view head =
    "# Metrics\n"
    "\n"
    "Made by `callstream reference metrics`; a test keeps it in step with the program, and the\n"
    "dashboard (`deploy/grafana`) and the alerts (`deploy/prometheus`) in step with it.\n"
    "\n"
    "`[web]` serves them at `/metrics`, with a token where tokens are configured. The counts are "
    "of\n"
    "one moment, at most a second old, and begin at 0 when the program starts. For each PBX\n"
    "\n"
    "    received = published + rejected + shed + left out\n"
    "\n"
    "holds at every moment (`callstream_events_unaccounted` is the difference), and for each sink\n"
    "what is in flight is `callstream_sink_lag_events`.\n"
    "\n"
    "| metric | kind | labels | what it is |\n"
    "|---|---|---|---|\n";

constexpr std::array<std::string_view, 3> kind_names{"counter", "gauge", "histogram"};

}  // namespace

std::string metrics_reference() {
    std::string out(head);
    for (const metric_row& row : metric_table) {
        out += "| `" + std::string(row.name) + "` | ";
        out += kind_names[static_cast<std::size_t>(row.kind)];
        out += " | " + std::string(row.labels) + " | " + std::string(row.about) + " |\n";
    }
    return out;
}

}  // namespace callstream::app
