#include "sinks/live_sources.h"

#include <string_view>
#include <vector>

#include "sinks/live_json.h"

namespace callstream::sinks {

namespace {

using enum event_type;

constexpr std::size_t minute_count_max = 60;

std::string minute_of(timestamp time) {
    std::array<char, rfc3339_size> text{};
    format_rfc3339(std::chrono::floor<std::chrono::minutes>(time), text);
    return {text.data(), text.size()};
}

void assign_if_told(std::string& to, std::string_view told) {
    if (!told.empty()) to.assign(told);
}

std::optional<std::uint64_t> count_in(const live_event& event) {
    const auto told = event.data["missing_count"].number();
    if (!told || *told < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*told);
}

}  // namespace

void live_sources::apply(const live_event& event) {
    live_source* const source = sources_.take(std::string(event.pbx));
    if (source == nullptr) return;
    source->pbx.assign(event.pbx);
    source->seen_at = event.time;
    assign_if_told(source->transport, event.text("transport"));
    assign_if_told(source->address, event.text("address"));
    assign_if_told(source->version, event.text("version"));
    const auto enter = [&](std::string_view state) {
        if (source->state != state) source->since.assign(event.time_text);
        source->state.assign(state);
        source->reason.assign(event.text("reason"));
    };
    if (event.type == source_connected)
        enter(event.text("transport") == "ami" ? "resyncing" : "connected");
    if (event.type == source_disconnected) enter("disconnected");
    if (event.type == source_overload) source->shed_count += count_in(event).value_or(0);
    if (event.type == source_gap) take_gap(event, *source);
    if (event.type == source_resynced) {
        enter("connected");
        if (source->gap && !source->gap->missing_count)
            source->gap->missing_count = count_in(event);
    }
}

void live_sources::take_gap(const live_event& event, live_source& source) {
    source.gap =
        live_gap{std::string(event.text("from")), std::string(event.text("to")), count_in(event)};
}

void live_sources::count(const live_event& event) {
    const bool matters = event.type == call_initiated || event.type == call_answered ||
                         event.type == queue_caller_abandoned;
    if (!matters) return;
    live_activity* const activity = activities_.take(std::string(event.pbx));
    if (activity == nullptr) return;
    live_minute& minute = activity->minutes[minute_of(event.time)];
    if (event.type == call_initiated) ++minute.calls;
    if (event.type == call_answered) ++minute.answered;
    if (event.type == queue_caller_abandoned) ++minute.abandoned;
    while (activity->minutes.size() > minute_count_max)
        activity->minutes.erase(activity->minutes.begin());
}

void live_sources::forget(timestamp begin) {
    std::vector<std::string> due;
    sources_.for_each([&](const std::string& pbx, const live_source& source) {
        const bool is_seen = source.state == "connected" || source.state == "resyncing";
        if (source.seen_at < begin && is_seen) due.push_back(pbx);
    });
    std::array<char, rfc3339_size> since{};
    format_rfc3339(begin, since);
    for (const std::string& pbx : due) {
        live_source& source = *sources_.change(pbx);
        source.state = "disconnected";
        source.since.assign(since.data(), since.size());
        source.reason = "callstream began anew and has not seen it yet";
    }
}

void live_sources::tick(timestamp now) {
    const std::string oldest = minute_of(now - std::chrono::minutes(minute_count_max - 1));
    std::vector<std::string> due;
    const std::string newest = minute_of(now + std::chrono::hours(24));  // of no right clock
    activities_.for_each([&](const std::string& pbx, const live_activity& activity) {
        if (!activity.minutes.empty() &&
            (activity.minutes.begin()->first < oldest || activity.minutes.rbegin()->first > newest))
            due.push_back(pbx);
    });
    for (const std::string& pbx : due) {
        auto& minutes = activities_.change(pbx)->minutes;
        minutes.erase(minutes.begin(), minutes.lower_bound(oldest));
        minutes.erase(minutes.upper_bound(newest), minutes.end());
    }
}

std::string live_sources::render(const live_source& source) {
    live_json out;
    out.begin_object();
    out.text("pbx", source.pbx);
    out.text("transport", source.transport);
    out.text("address", source.address);
    out.text("version", source.version);
    out.text("state", source.state);
    out.text("since", source.since);
    out.text("reason", source.reason);
    if (source.gap) {
        out.name("gap");
        out.begin_object();
        out.text("from", source.gap->from);
        out.text("to", source.gap->to);
        out.name("missing_count");
        source.gap->missing_count ? out.number(*source.gap->missing_count) : out.raw("null");
        out.end_object();
    } else {
        out.raw("gap", "null");
    }
    out.number("shed_count", source.shed_count);
    out.end_object();
    return out.take();
}

std::string live_sources::render(const std::string& pbx, const live_activity& activity) {
    live_json out;
    out.begin_object();
    out.text("pbx", pbx);
    out.name("minutes");
    out.begin_array();
    for (const auto& [at, minute] : activity.minutes) {
        out.begin_object();
        out.text("at", at);
        out.number("calls", minute.calls);
        out.number("answered", minute.answered);
        out.number("abandoned", minute.abandoned);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take();
}

}  // namespace callstream::sinks
