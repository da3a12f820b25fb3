#include "app/web_options.h"

#include <algorithm>

#include "app/push_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

constexpr std::uint16_t web_port = 8261;
constexpr std::size_t spare_connection_count = 256;  // for all that is no stream of events

void read_tokens(config_table& from, sinks::web_settings& web) {
    std::vector<std::string> tokens;
    from.texts({"tokens", "who reads needs one: Authorization: Bearer TOKEN, or ?token=TOKEN"},
               tokens);
    for (std::string& token : tokens) {
        if (token.empty()) from.fail("tokens", "an empty token opens nothing");
        web.tokens.emplace_back(std::move(token));
    }
}

void read_allowed(config_table& from, sinks::web_settings& web) {
    std::vector<std::string> ranges;
    from.texts({"allow", "addresses that may read: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32"},
               ranges);
    for (const std::string& range : ranges) {
        const auto parsed = ip_range::parse(range);
        if (parsed)
            web.allow.push_back(*parsed);
        else
            from.fail("allow", std::string(parsed.error().what));
    }
}

void read_origins(config_table& from, sinks::web_settings& web) {
    from.texts({"cors", "origins whose pages may read, such as https://intranet.example; * is any"},
               web.origins);
    for (const std::string& origin : web.origins) {
        const bool has_scheme = origin.starts_with("http://") || origin.starts_with("https://");
        const bool has_path = std::count(origin.begin(), origin.end(), '/') > 2;
        if (origin != "*" && (!has_scheme || has_path))
            from.fail("cors", "an origin is a scheme, a host and a port: https://intranet.example");
    }
}

}  // namespace

void read_web(config_table& from, sinks::web_settings& web) {
    from.number<std::size_t>({"clients_max", "that events are streamed to"}, web.client_count_max,
                             {1, 60'000});
    web.http.connection_count_max = web.client_count_max + spare_connection_count;
    web.http.address_connection_count_max = web.http.connection_count_max;
    read_http(from, web.http, web_port);
    read_tokens(from, web);
    read_allowed(from, web);
    read_origins(from, web);
    from.duration({"service_level", "within which a queue should have answered"},
                  web.live.service_level, {std::chrono::seconds(1), std::chrono::hours(1)});
}

void complete_web(settings& read) {
    if (!read.web) return;
    for (const pbx_settings& pbx : read.pbxes)
        read.web->live.zones[pbx.name] = pbx.timezone;
    if (read.journal.path != ":memory:") read.web->state_path = read.journal.path + "/web.live";
}

}  // namespace callstream::app
