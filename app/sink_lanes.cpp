#include "app/sink_lanes.h"

#include <algorithm>
#include <variant>

#include "core/event_filter.h"

namespace callstream::app {

namespace {

constexpr std::string_view family_mark = "{family}";
constexpr std::string_view pbx_mark = "{pbx}";

// Null where there can be none.
std::string* template_of(sink_target& target) {
    if (auto* kafka = std::get_if<sinks::kafka_settings>(&target)) return &kafka->topic;
    if (auto* redis = std::get_if<sinks::redis_settings>(&target)) return &redis->stream;
    return nullptr;
}

void fill_in(std::string& written, std::string_view mark, const std::string& value) {
    for (std::size_t at = 0; (at = written.find(mark, at)) != std::string::npos; at += value.size())
        written.replace(at, mark.size(), value);
}

std::vector<sink_route> routes(bool by_family, bool by_pbx,
                               const std::vector<pbx_settings>& pbxes) {
    std::vector<std::string> families;
    for (const event_type_info& info : event_types)
        if (families.empty() || families.back() != info.family())
            families.emplace_back(info.family());
    std::sort(families.begin(), families.end());
    families.erase(std::unique(families.begin(), families.end()), families.end());
    if (!by_family) families = {""};

    std::vector<sink_route> all;
    for (const std::string& family : families) {
        if (!by_pbx) all.push_back({family, ""});
        for (const pbx_settings& pbx : pbxes)
            if (by_pbx) all.push_back({family, pbx.name});
    }
    return all;
}

bool can_have(const event_filter& filter, const sink_route& route,
              const std::vector<pbx_settings>& pbxes) {
    for (const event_type_info& info : event_types)
        for (const pbx_settings& pbx : pbxes)
            if ((route.family.empty() || route.family == info.family()) &&
                (route.pbx.empty() || route.pbx == pbx.name) &&
                filter.of(info.type, pbx.name) != filter_verdict::left_out)
                return true;
    return false;
}

}  // namespace

std::string problem_of_template(std::string_view written) {
    for (std::size_t at = 0; (at = written.find_first_of("{}", at)) != std::string_view::npos;) {
        const std::string_view rest = written.substr(at);
        const std::string_view mark = rest.starts_with(family_mark) ? family_mark : pbx_mark;
        if (!rest.starts_with(mark)) return "only {family} and {pbx} stand for something";
        at += mark.size();
    }
    return {};
}

std::vector<sink_settings> lanes_of(const sink_settings& sink,
                                    const std::vector<pbx_settings>& pbxes) {
    sink_target target = sink.target;
    const std::string* const written = template_of(target);
    const bool by_family = written != nullptr && written->find(family_mark) != std::string::npos;
    const bool by_pbx = written != nullptr && written->find(pbx_mark) != std::string::npos;
    if (!by_family && !by_pbx) return {sink};

    const auto filter = event_filter::make(sink.filter);
    std::vector<sink_settings> lanes;
    for (const sink_route& route : routes(by_family, by_pbx, pbxes)) {
        if (!filter || !can_have(**filter, route, pbxes)) continue;
        sink_settings& lane = lanes.emplace_back(sink);
        lane.route = route;
        if (by_pbx) lane.name += '.' + route.pbx;
        if (by_family) lane.name += '.' + route.family;
        std::string* const name = template_of(lane.target);
        fill_in(*name, family_mark, route.family);
        fill_in(*name, pbx_mark, route.pbx);
        std::visit([&lane](auto& each) { each.name = lane.name; }, lane.target);
    }
    return lanes;
}

}  // namespace callstream::app
