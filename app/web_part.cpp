#include "app/web_part.h"

#include <algorithm>
#include <array>

#include "app/version.h"
#include "app/wallboard_pages.h"
#include "core/log.h"
#include "sinks/live_json.h"

namespace callstream::app {

namespace {

constexpr std::size_t history_count_max = 24 * 3600;
constexpr std::array<std::string_view, 3> fsync_names{"batch", "interval", "never"};

std::string text_of(timestamp time) {
    std::array<char, rfc3339_size> text{};
    format_rfc3339(time, text);
    return {text.data(), text.size()};
}

}  // namespace

web_part::web_part(const settings& configured, journal& events)
    : settings_(*configured.web),
      sinks_(configured.sinks),
      journal_settings_(configured.journal),
      journal_(events),
      started_at_(text_of(now())) {
    settings_.epoch = events.epoch();
    for (auto& page : wallboard_pages())
        add(std::move(page));
}

web_part::~web_part() = default;

result<std::unique_ptr<sink_thread>> web_part::open() {
    auto reader = journal_reader::open(journal_, "", start_at::oldest);
    if (!reader) return tl::unexpected(reader.error());
    std::vector<web_page*> pages;
    for (const auto& page : pages_)
        pages.push_back(page.get());
    auto made = std::make_unique<sink_thread>(
        "web", std::move(*reader), [this, &pages](loop& own, journal_reader& source) {
            auto built = std::make_unique<sinks::web_sink>(
                settings_, sinks::web_parts{own, journal_, source, pages});
            sink_ = built.get();
            return built;
        });
    if (sink_->problem().empty()) return made;
    log_error("the web server cannot be started", {{"reason", sink_->problem()}});
    return failure(errc::bad_config, "the web server cannot be started");
}

// Lanes have their sink's name in front.
std::string_view web_part::type_of(std::string_view sink) const {
    constexpr std::array<std::string_view, 3> types{"kafka", "redis", "file"};
    if (sink == "web") return "web";
    for (const sink_settings& each : sinks_)
        if (sink == each.name || sink.starts_with(each.name + '.'))
            return types[each.target.index()];
    return "file";
}

// How old the oldest event is that is not acknowledged, to the second.
double web_part::lag_seconds(std::uint64_t acknowledged) const {
    if (history_.empty() || acknowledged >= history_.back().position) return 0;
    const auto first = std::upper_bound(
        history_.begin(), history_.end(), acknowledged,
        [](std::uint64_t position, const published& sample) { return position < sample.position; });
    const std::chrono::duration<double> age = std::chrono::steady_clock::now() - first->at;
    return age.count();
}

std::string web_part::describe(const sink_thread& sink) {
    const sink_counters& counted = sink.counters();
    const bool connected = counted.connected.load();
    auto& [was_connected, since] = since_[sink.name()];
    if (since.empty() || was_connected != connected) since = text_of(now());
    was_connected = connected;
    const std::uint64_t sequence = sink.reader().acknowledged_sequence();
    const std::uint64_t last = journal_.last_sequence();
    sinks::live_json out;
    out.begin_object();
    out.text("sink", sink.name());
    out.text("type", type_of(sink.name()));
    out.name("connected");
    out.flag(connected);
    out.name("ended");
    out.flag(counted.ended.load());
    out.number("acknowledged", counted.acknowledged.load());
    out.number("rejected", counted.rejected.load());
    out.number("reconnects", counted.reconnects.load());
    out.number("lag_events", last > sequence ? last - sequence : 0);
    out.name("lag_seconds");
    out.ratio(last > sequence ? lag_seconds(sink.reader().acknowledged()) : 0);
    out.text("since", since);
    out.end_object();
    return out.take();
}

std::string web_part::describe_process() const {
    const journal_usage usage = journal_.usage();
    sinks::live_json out;
    out.begin_object();
    out.text("version", version_number);
    out.text("started_at", started_at_);
    out.number("journal_bytes", usage.bytes);
    out.number("journal_bytes_max", usage.bytes_max);
    out.text("fsync", fsync_names[static_cast<std::size_t>(journal_settings_.fsync)]);
    out.end_object();
    return out.take();
}

void web_part::tell(const std::vector<std::unique_ptr<sink_thread>>& sinks) {
    using sinks::live_kind;
    const std::uint64_t position = journal_.published();
    if (history_.empty() || history_.back().position != position)
        history_.push_back({std::chrono::steady_clock::now(), position});
    if (history_.size() > history_count_max) history_.pop_front();
    for (const std::string& name : told_) {
        const bool is_there = std::any_of(
            sinks.begin(), sinks.end(), [&name](const auto& sink) { return sink->name() == name; });
        if (!is_there) sink_->post({live_kind::sink, name, {}});
    }
    told_.clear();
    for (const auto& sink : sinks) {
        told_.push_back(sink->name());
        sink_->post({live_kind::sink, sink->name(), describe(*sink)});
    }
    sink_->post({live_kind::process, "callstream", describe_process()});
}

}  // namespace callstream::app
