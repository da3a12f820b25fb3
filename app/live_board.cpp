#include "app/live_board.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace callstream::app {

namespace {

std::string text(json_value value) {
    return std::string(value.text());
}

std::uint64_t count(json_value value) {
    const double number = value.number().value_or(0);
    return number > 0 && number < 1e15 ? static_cast<std::uint64_t>(number) : 0;
}

std::string person(json_value one) {
    const std::string_view name = one["name"].text();
    const std::string_view number = one["number"].text();
    if (name.empty() || name == number)
        return number.empty() ? text(one["device"]) : std::string(number);
    std::string both(name);
    if (!number.empty()) both.append(" ").append(number);
    return both;
}

live_call call_of(json_value value) {
    live_call made;
    made.pbx = text(value["pbx"]);
    made.state = text(value["state"]);
    made.from = person(value["calling"]);
    made.to = person(value["answering"] ? value["answering"] : value["called"]);
    made.via = text(value["queue"] ? value["queue"] : value["trunk"]);
    made.since = read_time(value["state_since"].text());
    const bool talks = made.state == "connected" || made.state == "conferenced";
    if (const auto answered = read_time(value["answered_at"].text()); talks && answered)
        made.since = answered;
    if (!made.since) made.since = read_time(value["started_at"].text());
    return made;
}

live_queue queue_of(json_value value) {
    live_queue made;
    made.pbx = text(value["pbx"]);
    made.name = text(value["queue"]);
    made.waiting = count(value["waiting"]);
    made.answered = count(value["answered"]);
    made.abandoned = count(value["abandoned"]);
    made.ready = count(value["members"]["ready"]);
    made.members = count(value["members"]["total"]);
    made.longest_since = read_time(value["longest_wait_since"].text());
    made.level = value["service_level"].number();
    return made;
}

live_source source_of(json_value value) {
    return {
        text(value["pbx"]),    text(value["transport"]),         text(value["state"]),
        text(value["reason"]), read_time(value["since"].text()), static_cast<bool>(value["gap"])};
}

live_minutes minutes_of(json_value value) {
    const json_value list = value["minutes"];
    live_minutes made;
    if (list.size() == 0) return made;
    const json_value running = list[list.size() - 1];
    made.at = read_time(running["at"].text());
    made.running = count(running["calls"]);
    if (list.size() > 1) made.last = count(list[list.size() - 2]["calls"]);
    return made;
}

live_sink sink_of(json_value value, const live_sink& before, timestamp now) {
    live_sink made;
    made.name = text(value["sink"]);
    made.type = text(value["type"]);
    made.connected = value["connected"].boolean().value_or(false);
    made.ended = value["ended"].boolean().value_or(false);
    made.acknowledged = count(value["acknowledged"]);
    made.rejected = count(value["rejected"]);
    made.behind = count(value["lag_events"]);
    made.behind_seconds = value["lag_seconds"].number().value_or(0);
    made.told_at = now;
    if (!before.told_at || made.acknowledged < before.acknowledged) return made;
    const std::chrono::duration<double> span = now - *before.told_at;
    if (span.count() > 0.1)
        made.rate = static_cast<double>(made.acknowledged - before.acknowledged) / span.count();
    return made;
}

bool digits(std::string_view text, std::size_t at, std::size_t size, int& out) noexcept {
    if (at + size > text.size()) return false;
    const auto read = std::from_chars(text.data() + at, text.data() + at + size, out);
    return read.ec == std::errc() && read.ptr == text.data() + at + size && out >= 0;
}

}  // namespace

std::optional<timestamp> read_time(std::string_view text) noexcept {
    std::array<int, 6> part{};  // year, month, day, hour, minute, second
    constexpr std::array<std::size_t, 6> starts{0, 5, 8, 11, 14, 17};
    for (std::size_t i = 0; i < part.size(); ++i)
        if (!digits(text, starts[i], i == 0 ? 4 : 2, part[i])) return std::nullopt;
    if (!text.ends_with('Z')) return std::nullopt;
    const std::chrono::year_month_day day{std::chrono::year(part[0]),
                                          std::chrono::month(static_cast<unsigned>(part[1])),
                                          std::chrono::day(static_cast<unsigned>(part[2]))};
    if (!day.ok() || part[3] > 23 || part[4] > 59 || part[5] > 60) return std::nullopt;
    int micros = 0;
    if (text.size() > 20) {
        const std::string_view fraction = text.substr(20, text.size() - 21);
        if (text[19] != '.' || fraction.size() > 6 || !digits(fraction, 0, fraction.size(), micros))
            return std::nullopt;
        for (std::size_t size = fraction.size(); size < 6; ++size)
            micros *= 10;
    }
    return timestamp(std::chrono::sys_days(day)) + std::chrono::hours(part[3]) +
           std::chrono::minutes(part[4]) + std::chrono::seconds(part[5]) + duration(micros);
}

void live_board::replace(json_value state, timestamp now) {
    calls_.clear();
    queues_.clear();
    sources_.clear();
    agents_.clear();
    minutes_.clear();
    for (const std::string_view kind : {"call", "queue", "source", "sink", "agent", "activity"}) {
        const json_value list = state[kind];
        for (std::size_t i = 0; i < list.size(); ++i)
            take(kind, text(list[i]["key"]), list[i], now);
    }
    std::erase_if(sinks_, [now](const auto& each) { return each.second.told_at != now; });
    if (const auto told = read_time(state["time"].text())) ahead_ = *told - now;
}

void live_board::apply(json_value changes, timestamp now) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const json_value each = changes[i];
        take(each["kind"].text(), text(each["key"]), each["value"], now);
    }
}

// A value that is null is gone.
void live_board::take(std::string_view kind, const std::string& key, json_value value,
                      timestamp now) {
    if (kind == "call") {
        calls_.erase(key);
        if (value) calls_.emplace(key, call_of(value));
    } else if (kind == "queue") {
        queues_.erase(key);
        if (value) queues_.emplace(key, queue_of(value));
    } else if (kind == "source") {
        sources_.erase(key);
        if (value) sources_.emplace(key, source_of(value));
    } else if (kind == "sink") {
        const live_sink before = sinks_[key];
        sinks_.erase(key);
        if (value) sinks_.emplace(key, sink_of(value, before, now));
    } else if (kind == "agent") {
        agents_.erase(key);
        if (value) agents_.emplace(key, text(value["status"]));
    } else if (kind == "activity") {
        minutes_.erase(key);
        if (value) minutes_.emplace(key, minutes_of(value));
    }
}

std::uint64_t live_board::agent_count() const noexcept {
    return static_cast<std::uint64_t>(
        std::count_if(agents_.begin(), agents_.end(),
                      [](const auto& each) { return each.second != "unavailable"; }));
}

std::uint64_t live_board::ready_count() const noexcept {
    return static_cast<std::uint64_t>(std::count_if(
        agents_.begin(), agents_.end(), [](const auto& each) { return each.second == "ready"; }));
}

std::uint64_t live_board::calls_last_minute() const noexcept {
    std::uint64_t sum = 0;
    for (const auto& [key, minutes] : minutes_)
        sum += minutes.last;
    return sum;
}

}  // namespace callstream::app
