#include "app/ucm_options.h"

#include <array>
#include <utility>

#include "app/connection_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

constexpr std::uint16_t output_port = 5099;
constexpr std::array<std::string_view, 3> format_names{"json", "xml", "csv"};
constexpr std::uint32_t seconds_max = 10'000'000;

// What the UCM answers to a list that it does not like is an empty list of calls.
void read_extensions(config_table& from, const config_key& key, std::string& into) {
    if (!from.text(key, into)) return;
    const auto problem = sources::problem_of_ucm_extensions(into);
    if (!problem.empty()) from.fail(key.name, std::string(problem));
}

void read_ucm_filter(config_table& from, sources::ucm_filter& filter) {
    read_extensions(from, {"caller", "only calls of these: 5300,5302-5304,_4@"}, filter.caller);
    read_extensions(from, {"callee", "only calls to these"}, filter.callee);
    read_extensions(from, {"answeredby", "only calls that these answered"}, filter.answeredby);
    std::uint32_t least = 0;
    std::uint32_t most = 0;
    if (from.number({"min_duration", "seconds of talk at least"}, least, {0u, seconds_max}))
        filter.min_duration = least;
    if (from.number({"max_duration", "seconds of talk at most"}, most, {0u, seconds_max}))
        filter.max_duration = most;
}

}  // namespace

void read_ucm_poll(config_table& from, sources::ucm_settings& ucm) {
    from.choice({"format", "json, xml, or csv, which has no records of a call as a whole"},
                ucm.format, format_names);
    from.number({"page_size", "CDRs of one answer"}, ucm.page_size,
                {1u, sources::ucm_page_size_max});
    from.table({"filter", "only such CDRs, as its API calls them"},
               [&ucm](config_table& table) { read_ucm_filter(table, ucm.filter); });
}

void read_cdr_output(config_table& from, pbx_settings& pbx) {
    sources::cdr_listener_settings output;
    output.pbx = pbx.name;
    const auto parse = [](std::string_view text) { return parse_host_port(text, output_port); };
    from.parsed({"listen", "ADDRESS:PORT where the UCM's CDR real-time output connects to"},
                output.listen, parse);
    if (from.has("listen") && !output.listen.host.empty() &&
        !to_socket_address(output.listen.host, output.listen.port))
        from.fail("listen", "needs a numeric address, such as 0.0.0.0:5099");
    std::vector<std::string> ranges;
    from.texts({"allow", "addresses that may send: 192.0.2.7, 192.0.2.0/24, 2001:db8::/32"},
               ranges);
    for (const std::string& range : ranges) {
        const auto parsed = ip_range::parse(range);
        if (parsed)
            output.allow.push_back(*parsed);
        else
            from.fail("allow", std::string(parsed.error().what));
    }
    std::uint64_t size = output.document_size_max;
    from.size({"record_size_max", "the largest record"}, size, {1024, 16 * 1024 * 1024});
    output.document_size_max = static_cast<std::size_t>(size);
    from.number<std::size_t>({"connections_max", "connections at once"},
                             output.connection_count_max, {1, 1024});
    from.duration({"idle_timeout", "for a connection that sends nothing"}, output.idle_timeout,
                  {std::chrono::seconds(1), std::chrono::hours(24)});
    from.require({"listen", "allow"});
    pbx.cdr_output = std::move(output);
}

}  // namespace callstream::app
