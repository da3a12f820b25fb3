#include "core/day_clock.h"

#include <exception>

#include <date/tz.h>

namespace callstream {

namespace {

const date::time_zone* find_zone(const std::string& name) noexcept {
    try {
        return date::locate_zone(name);
    } catch (const std::exception&) {
        return nullptr;
    }
}

}  // namespace

day_clock::day_clock(const zone_map& zones) {
    for (const auto& [pbx, zone] : zones)
        days_[pbx].zone = zone;
}

std::string_view day_clock::day_of(std::string_view pbx, timestamp time) {
    auto found = days_.find(pbx);
    if (found == days_.end()) found = days_.emplace(pbx, day{}).first;
    day& known = found->second;
    if (time < known.begin || time >= known.end) find(known, time);
    return known.name;
}

void day_clock::find(day& out, timestamp time) {
    const date::time_zone* const zone = out.zone.empty() ? nullptr : find_zone(out.zone);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto offset = zone != nullptr ? zone->get_info(seconds).offset : std::chrono::seconds(0);
    const auto local = std::chrono::floor<date::days>(seconds + offset);
    out.name = date::format("%F", date::sys_days(local));
    // A day on which the clock is changed is asked for hour by hour.
    const auto hour = std::chrono::floor<std::chrono::hours>(time);
    out.begin = hour;
    out.end = hour + std::chrono::hours(1);
    if (std::chrono::floor<date::days>(out.end - std::chrono::seconds(1) + offset) != local ||
        std::chrono::floor<date::days>(hour + offset) != local)
        out.end = out.begin = time;  // midnight is within this hour: zones of half hours
}

}  // namespace callstream
