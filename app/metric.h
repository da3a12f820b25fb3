// The metrics by name; metric_table.h says what each is.
#pragma once

#include <cstdint>

namespace callstream::app {

enum class metric_kind : std::uint8_t { counter, gauge, histogram };

enum class metric : std::uint8_t {
    build_info,
    start_time,
    home_age,
    pbx_connected,
    pbx_connects,
    pbx_bytes,
    pbx_messages,
    pbx_messages_rejected,
    pbx_messages_unverified,
    pbx_gaps,
    events_received,
    events_published,
    events_rejected,
    events_shed,
    events_left_out,
    events_unaccounted,
    recordings_stored,
    recordings_failed,
    recordings_no_room,
    recordings_waiting,
    journal_bytes,
    journal_bytes_max,
    journal_segments,
    journal_sequence,
    journal_sync_seconds,
    sink_connected,
    sink_ended,
    sink_sent,
    sink_acknowledged,
    sink_rejected,
    sink_left_out,
    sink_missing,
    sink_reconnects,
    sink_lag_events,
    sink_lag_seconds,
    sink_settled_seconds,
    push_reports,
    http_connections,
    http_requests,
    http_refused,
    http_bytes,
    count
};

}  // namespace callstream::app
