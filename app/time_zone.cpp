#include "app/time_zone.h"

#include <exception>
#include <vector>

#include <date/tz.h>

#include "core/config_value.h"

namespace callstream::app {

std::string problem_of_time_zone(std::string_view name) {
    // The library throws where the system has no time zones at all.
    try {
        std::vector<std::string_view> known;
        for (const date::time_zone& zone : date::get_tzdb().zones) {
            if (zone.name() == name) return "";
            known.emplace_back(zone.name());
        }
        const std::string_view nearest = nearest_word(name, known);
        return "unknown time zone" +
               (nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?");
    } catch (const std::exception&) {
        return "the system has no time zone database; install the package tzdata";
    }
}

std::function<std::chrono::seconds(timestamp)> offset_of_time_zone(const std::string& name) {
    const date::time_zone* const zone = date::locate_zone(name);
    return [zone](timestamp time) { return zone->get_info(time).offset; };
}

}  // namespace callstream::app
