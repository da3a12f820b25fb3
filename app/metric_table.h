// Every metric of /metrics: its name, kind, labels and meaning. The page, docs/metrics.md, and the
// tests of dashboard and alerts are made from this table.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "app/metric.h"

namespace callstream::app {

struct metric_row {
    metric id;
    std::string_view name;
    metric_kind kind;
    std::string_view labels;  // separated by commas
    std::string_view about;
};

namespace metric_rows {
using enum metric;
using enum metric_kind;
using row = metric_row;

inline constexpr std::array all{
    row{build_info, "callstream_build_info", gauge, "version", "always 1; the version runs"},
    row{start_time, "callstream_start_time_seconds", gauge, "",
        "when the program began, Unix time"},
    row{home_age, "callstream_home_loop_age_seconds", gauge, "",
        "since the home loop last reported, which it does each second; more: it hangs"},
    row{pbx_connected, "callstream_pbx_connected", gauge, "pbx,family,transport",
        "1 while the PBX is seen; one that only pushes reports always is"},
    row{pbx_connects, "callstream_pbx_connects_total", counter, "pbx",
        "connections or logins that were begun; all but the first are reconnects"},
    row{pbx_bytes, "callstream_pbx_bytes_total", counter, "pbx", "read from the PBX"},
    row{pbx_messages, "callstream_pbx_messages_total", counter, "pbx",
        "AMI messages, pushed reports or rows of polled CDRs that were understood"},
    row{pbx_messages_rejected, "callstream_pbx_messages_rejected_total", counter, "pbx",
        "malformed or too large; the stream went on"},
    row{pbx_messages_unverified, "callstream_pbx_messages_unverified_total", counter, "pbx",
        "without the marks of a genuine AMI event; passed on as vendor.event"},
    row{pbx_gaps, "callstream_pbx_gaps_total", counter, "pbx",
        "times in which the PBX was not seen: source.gap"},
    row{events_received, "callstream_events_received_total", counter, "pbx",
        "events that parsers made; equals published + rejected + shed + left out"},
    row{events_published, "callstream_events_published_total", counter, "pbx,type",
        "events in the journal"},
    row{events_rejected, "callstream_events_rejected_total", counter, "pbx",
        "too large for a record of the journal"},
    row{events_shed, "callstream_events_shed_total", counter, "pbx",
        "lost: the journal was full, see source.overload"},
    row{events_left_out, "callstream_events_left_out_total", counter, "pbx",
        "by the filter of the PBX"},
    row{events_unaccounted, "callstream_events_unaccounted", gauge, "pbx",
        "received less published, rejected, shed and left out: 0, or callstream is at fault"},
    row{recordings_stored, "callstream_recordings_stored_total", counter, "pbx",
        "recordings fetched and stored"},
    row{recordings_failed, "callstream_recordings_failed_total", counter, "pbx",
        "recordings given up"},
    row{recordings_no_room, "callstream_recordings_no_room_total", counter, "pbx",
        "tries that found no room for a recording on the disk; they are made again"},
    row{recordings_waiting, "callstream_recordings_waiting", gauge, "pbx",
        "recordings still to be fetched"},
    row{journal_bytes, "callstream_journal_bytes", gauge, "",
        "all segments on disk, without spare files"},
    row{journal_bytes_max, "callstream_journal_bytes_max", gauge, "",
        "journal.max_bytes: beyond it events are shed"},
    row{journal_segments, "callstream_journal_segments", gauge, "", "segments on disk"},
    row{journal_sequence, "callstream_journal_sequence", gauge, "",
        "of the last published event, over all PBXes"},
    row{journal_sync_seconds, "callstream_journal_sync_seconds", histogram, "",
        "what a sync of the journal took the disk"},
    row{sink_connected, "callstream_sink_connected", gauge, "sink,type",
        "1 while the sink has its broker or file"},
    row{sink_ended, "callstream_sink_ended", gauge, "sink,type",
        "1 once it can never deliver again: nobody reads our standard output"},
    row{sink_sent, "callstream_sink_sent_total", counter, "sink",
        "events handed to the transport, repeats included"},
    row{sink_acknowledged, "callstream_sink_acknowledged_total", counter, "sink",
        "events that the broker confirmed"},
    row{sink_rejected, "callstream_sink_rejected_total", counter, "sink",
        "events that the broker will never take; logged"},
    row{sink_left_out, "callstream_sink_left_out_total", counter, "sink",
        "by the filter of the sink"},
    row{sink_missing, "callstream_sink_missing_total", counter, "sink",
        "events that were damaged, or gone from the journal before they were read"},
    row{sink_reconnects, "callstream_sink_reconnects_total", counter, "sink",
        "connections begun anew"},
    row{sink_lag_events, "callstream_sink_lag_events", gauge, "sink",
        "in flight: events in the journal that the sink is not done with"},
    row{sink_lag_seconds, "callstream_sink_lag_seconds", gauge, "sink",
        "age of the oldest of them; 0 where there is none"},
    row{sink_settled_seconds, "callstream_sink_settled_seconds", histogram, "sink",
        "from when an event was read to when the sink was done with it, as its cursor says"},
    row{push_reports, "callstream_push_reports_total", counter, "verdict",
        "pushed reports: accepted, repeated, unheard, rejected, refused, shed"},
    row{http_connections, "callstream_http_connections", gauge, "",
        "open connections of the push listener"},
    row{http_requests, "callstream_http_requests_total", counter, "",
        "requests to the push listener that were well formed"},
    row{http_refused, "callstream_http_refused_total", counter, "",
        "requests refused for their form, and connections over a limit"},
    row{http_bytes, "callstream_http_bytes_total", counter, "", "read by the push listener"},
};

consteval bool in_order() {
    for (std::size_t i = 0; i < all.size(); ++i)
        if (static_cast<std::size_t>(all[i].id) != i) return false;
    return all.size() == static_cast<std::size_t>(count);
}
static_assert(in_order(), "a row for each metric, in the order of the enumerators");
}  // namespace metric_rows

inline constexpr const auto& metric_table = metric_rows::all;

constexpr const metric_row& row_of(metric which) noexcept {
    return metric_table[static_cast<std::size_t>(which)];
}

}  // namespace callstream::app
