#include "app/health.h"

#include <algorithm>
#include <array>

#include "core/config_value.h"
#include "sinks/live_json.h"

namespace callstream::app {

namespace {

using std::chrono::seconds;

constexpr seconds silence_max{10};        // of the home loop, which tells each second
constexpr std::uint64_t room_least = 10;  // of a segment: a tenth

std::string seconds_text(std::chrono::steady_clock::duration age) {
    return std::to_string(std::chrono::duration_cast<seconds>(age).count()) + " s";
}

health_check check_home(const home_status& status, std::chrono::steady_clock::time_point now) {
    const auto age = now - status.at;
    if (age <= silence_max) return {"home", health::fine, ""};
    return {"home", health::failed,
            "the home loop has not turned for " + seconds_text(age) +
                ": the process hangs and has to be restarted"};
}

// The sink that holds most of the journal; null where none holds any.
const sink_status* slowest_of(const home_status& status) {
    const sink_status* slowest = nullptr;
    for (const sink_status& sink : status.sinks)
        if (sink.holds && !sink.ended && (slowest == nullptr || sink.position < slowest->position))
            slowest = &sink;
    return slowest;
}

// A journal may well be full of what every sink has: that is deleted when room is needed. It is
// full for good when a sink still needs the oldest segment and no further one may be made.
health_check check_journal(const home_status& status) {
    const journal_usage& used = status.journal;
    const sink_status* const slowest = slowest_of(status);
    const std::uint64_t segment = used.segment_count > 0 ? used.bytes / used.segment_count : 0;
    const bool can_grow = used.bytes + segment <= used.bytes_max;
    if (can_grow || slowest == nullptr || slowest->position >= used.position_first + segment)
        return {"journal", health::fine, ""};
    const std::uint64_t end = used.position_first + used.bytes;
    const std::uint64_t rest = end > used.position_next ? end - used.position_next : 0;
    const std::uint64_t behind = status.sequence - std::min(slowest->sequence, status.sequence);
    const std::string why = format_size(used.bytes) + " of " + format_size(used.bytes_max) +
                            ": sink " + slowest->name + " is " + std::to_string(behind) +
                            " events behind; bring its broker back, or raise journal.max_bytes";
    if (rest < segment / room_least) return {"journal", health::failed, "full, " + why};
    return {"journal", health::degraded, "nearly full, " + why};
}

health_check check_pbx(const pbx_status& pbx) {
    if (pbx.connected) return {"pbx:" + pbx.name, health::fine, ""};
    return {"pbx:" + pbx.name, health::degraded,
            pbx.reason.empty() ? "not connected yet" : pbx.reason};
}

health_check check_sink(const sink_status& sink) {
    if (sink.ended)
        return {"sink:" + sink.name, health::degraded, "over: nobody reads its output any more"};
    if (sink.connected) return {"sink:" + sink.name, health::fine, ""};
    return {"sink:" + sink.name, health::degraded,
            "its broker or file is away; the journal keeps its events"};
}

constexpr std::array<std::string_view, 3> state_names{"fine", "degraded", "failed"};

}  // namespace

health_checks check_alive(const std::optional<home_status>& status,
                          std::chrono::steady_clock::time_point now) {
    if (!status) return {{"home", health::fine, "starting"}};
    return {check_home(*status, now)};
}

health_checks check_ready(const std::optional<home_status>& status,
                          std::chrono::steady_clock::time_point now) {
    if (!status) return {{"home", health::failed, "starting"}};
    health_checks checks{check_home(*status, now)};
    if (status->stopping)
        checks.push_back({"program", health::failed, "stopping: sinks get what was published"});
    checks.push_back(check_journal(*status));
    for (const pbx_status& pbx : status->pbxes)
        checks.push_back(check_pbx(pbx));
    const bool sees_any = std::any_of(status->pbxes.begin(), status->pbxes.end(),
                                      [](const pbx_status& pbx) { return pbx.connected; });
    if (!sees_any)
        checks.push_back(
            {"pbxes", health::failed, "no PBX is seen: check the network, then the logins"});
    for (const sink_status& sink : status->sinks)
        checks.push_back(check_sink(sink));
    return checks;
}

bool failed(const health_checks& checks) {
    return std::any_of(checks.begin(), checks.end(),
                       [](const health_check& each) { return each.state == health::failed; });
}

std::string health_json(const health_checks& checks) {
    health worst = health::fine;
    for (const health_check& each : checks)
        worst = std::max(worst, each.state);
    sinks::live_json out;
    out.begin_object();
    out.name("state");
    out.plain(state_names[static_cast<std::size_t>(worst)]);
    out.name("checks");
    out.begin_array();
    for (const health_check& each : checks) {
        out.begin_object();
        out.text("about", each.about);
        out.name("state");
        out.plain(state_names[static_cast<std::size_t>(each.state)]);
        out.text("reason", each.reason);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return out.take() + '\n';
}

}  // namespace callstream::app
