#include "app/status_collector.h"

#include <array>

#include "core/journal_core.h"

namespace callstream::app {

status_collector::status_collector(const settings& configured) : started_at_(now()) {
    constexpr std::array<std::string_view, 3> names{"kafka", "redis", "file"};
    for (const sink_settings& sink : configured.sinks)
        types_.emplace(sink.name, names[sink.target.index()]);
}

// A lane has its sink's name in front.
std::string_view status_collector::type_of(std::string_view sink) const {
    const auto found = types_.find(std::string(sink.substr(0, sink.find('.'))));
    return found == types_.end() ? sink : found->second;
}

sink_status status_collector::status_of(const sink_thread& sink) const {
    const sink_counters& counted = sink.counters();
    const journal_reader& reader = sink.reader();
    sink_status out;
    out.name = sink.name();
    out.type = type_of(sink.name());
    out.holds = out.type != web_name;
    out.connected = counted.connected;
    out.ended = counted.ended;
    out.sent = counted.sent;
    out.acknowledged = counted.acknowledged;
    out.rejected = counted.rejected;
    out.reconnects = counted.reconnects;
    out.left_out = reader.left_out_count();
    out.missing = reader.skipped_count();
    out.position = reader.acknowledged();
    out.sequence = reader.acknowledged_sequence();
    out.settled = reader.settled().read();
    return out;
}

home_status status_collector::collect(const observed_parts& parts) const {
    home_status out;
    out.at = std::chrono::steady_clock::now();
    out.started_at = started_at_;
    out.stopping = parts.stopping;
    for (const auto& line : parts.lines)
        out.pbxes.push_back(line->status());
    for (const auto& sink : parts.sinks)
        out.sinks.push_back(status_of(*sink));
    out.journal = parts.events.usage();
    out.sequence = parts.events.last_sequence();
    out.syncs = parts.events.core().sync_times().read();
    if (parts.push != nullptr) {
        out.push = parts.push->counters();
        out.http = parts.push->server().counters();
        out.http_connections = parts.push->server().connection_count();
    }
    return out;
}

}  // namespace callstream::app
