#include "app/metrics_text.h"

#include <sstream>
#include <utility>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "app/metric_table.h"
#include "core/event_type.h"

namespace callstream::app {

namespace {

using label = prometheus::ClientMetric::Label;
using labels = std::vector<label>;

prometheus::MetricType type_of(metric_kind kind) {
    switch (kind) {
        case metric_kind::counter:
            return prometheus::MetricType::Counter;
        case metric_kind::gauge:
            return prometheus::MetricType::Gauge;
        case metric_kind::histogram:
            break;
    }
    return prometheus::MetricType::Histogram;
}

// The families of the table, and what was added to them.
class page {
public:
    page() {
        for (const metric_row& row : metric_table)
            families_.push_back(
                {std::string(row.name), std::string(row.about), type_of(row.kind), {}});
    }

    template <class Number>
    void add(metric which, Number number, labels with = {}) {
        prometheus::ClientMetric one;
        one.label = std::move(with);
        const auto value = static_cast<double>(number);
        (row_of(which).kind == metric_kind::counter ? one.counter.value : one.gauge.value) = value;
        families_[static_cast<std::size_t>(which)].metric.push_back(std::move(one));
    }

    void add(metric which, const latency_counts& counted, labels with = {}) {
        prometheus::ClientMetric one;
        one.label = std::move(with);
        std::uint64_t count = 0;
        for (std::size_t i = 0; i + 1 < latency_bucket_count; ++i) {
            count += counted.buckets[i];
            one.histogram.bucket.push_back({count, latency_bound_seconds(i)});
        }
        one.histogram.sample_count = count + counted.buckets.back();
        one.histogram.sample_sum = static_cast<double>(counted.sum_us) / 1e6;
        families_[static_cast<std::size_t>(which)].metric.push_back(std::move(one));
    }

    std::string text() {
        std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
        std::ostringstream out;
        prometheus::TextSerializer().Serialize(out, families_);
        return out.str();
    }

private:
    std::vector<prometheus::MetricFamily> families_;
};

void add_events(page& to, const pbx_status& pbx, const labels& of) {
    const publisher_counters& events = pbx.events;
    to.add(metric::events_received, events.received, of);
    for (std::size_t i = 0; i < pbx.types.size(); ++i) {
        if (pbx.types[i] == 0) continue;
        labels with = of;
        with.push_back({"type", std::string(event_types[i].name)});
        to.add(metric::events_published, pbx.types[i], std::move(with));
    }
    to.add(metric::events_rejected, events.rejected, of);
    to.add(metric::events_shed, events.shed, of);
    to.add(metric::events_left_out, events.left_out, of);
    const std::uint64_t known = events.published + events.rejected + events.shed + events.left_out;
    to.add(metric::events_unaccounted,
           static_cast<double>(events.received) - static_cast<double>(known), of);
}

void add_pbx(page& to, const pbx_status& pbx) {
    const labels of{{"pbx", pbx.name}};
    to.add(metric::pbx_connected, pbx.connected ? 1 : 0,
           {{"pbx", pbx.name}, {"family", pbx.family}, {"transport", pbx.transport}});
    to.add(metric::pbx_connects, pbx.connects, of);
    to.add(metric::pbx_bytes, pbx.bytes, of);
    to.add(metric::pbx_messages, pbx.messages, of);
    to.add(metric::pbx_messages_rejected, pbx.messages_rejected, of);
    to.add(metric::pbx_messages_unverified, pbx.messages_unverified, of);
    to.add(metric::pbx_gaps, pbx.types[static_cast<std::size_t>(event_type::source_gap)], of);
    to.add(metric::recordings_stored, pbx.recordings_stored, of);
    to.add(metric::recordings_failed, pbx.recordings_failed, of);
    to.add(metric::recordings_no_room, pbx.recordings_no_room, of);
    to.add(metric::recordings_waiting, pbx.recordings_waiting, of);
    add_events(to, pbx, of);
}

void add_sink(page& to, const sink_status& sink, const home_status& status, double lag_seconds) {
    const labels of{{"sink", sink.name}};
    const labels typed{{"sink", sink.name}, {"type", sink.type}};
    to.add(metric::sink_connected, sink.connected ? 1 : 0, typed);
    to.add(metric::sink_ended, sink.ended ? 1 : 0, typed);
    to.add(metric::sink_sent, sink.sent, of);
    to.add(metric::sink_acknowledged, sink.acknowledged, of);
    to.add(metric::sink_rejected, sink.rejected, of);
    to.add(metric::sink_left_out, sink.left_out, of);
    to.add(metric::sink_missing, sink.missing, of);
    to.add(metric::sink_reconnects, sink.reconnects, of);
    to.add(metric::sink_lag_events,
           status.sequence > sink.sequence ? status.sequence - sink.sequence : 0, of);
    to.add(metric::sink_lag_seconds, lag_seconds, of);
    to.add(metric::sink_settled_seconds, sink.settled, of);
}

void add_journal(page& to, const home_status& status) {
    to.add(metric::journal_bytes, status.journal.bytes);
    to.add(metric::journal_bytes_max, status.journal.bytes_max);
    to.add(metric::journal_segments, status.journal.segment_count);
    to.add(metric::journal_sequence, status.sequence);
    to.add(metric::journal_sync_seconds, status.syncs);
}

void add_push(page& to, const home_status& status) {
    if (!status.push) return;
    const sources::push_counters& counted = *status.push;
    to.add(metric::push_reports, counted.accepted, {{"verdict", "accepted"}});
    to.add(metric::push_reports, counted.repeated, {{"verdict", "repeated"}});
    to.add(metric::push_reports, counted.unheard, {{"verdict", "unheard"}});
    to.add(metric::push_reports, counted.rejected, {{"verdict", "rejected"}});
    to.add(metric::push_reports, counted.refused, {{"verdict", "refused"}});
    to.add(metric::push_reports, counted.shed, {{"verdict", "shed"}});
    to.add(metric::http_connections, status.http_connections);
    to.add(metric::http_requests, status.http.requests);
    to.add(metric::http_refused, status.http.refused + status.http.connections_refused);
    to.add(metric::http_bytes, status.http.bytes);
}

}  // namespace

std::string metrics_text(const home_status& status, const scrape& at) {
    page out;
    out.add(metric::build_info, 1, {{"version", std::string(at.version)}});
    out.add(metric::start_time,
            static_cast<double>(status.started_at.time_since_epoch().count()) / 1e6);
    out.add(metric::home_age, std::chrono::duration<double>(at.now - status.at).count());
    for (const pbx_status& pbx : status.pbxes)
        add_pbx(out, pbx);
    add_journal(out, status);
    for (std::size_t i = 0; i < status.sinks.size(); ++i)
        add_sink(out, status.sinks[i], status, i < at.lag_seconds.size() ? at.lag_seconds[i] : 0);
    add_push(out, status);
    return out.text();
}

}  // namespace callstream::app
