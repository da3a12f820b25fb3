#include "app/poll_options.h"

#include <array>
#include <charconv>
#include <utility>

#include <date/date.h>

#include "app/connection_options.h"
#include "app/poll_family_options.h"
#include "app/ucm_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr duration_range waits{milliseconds(100), hours(24)};
constexpr duration_range stretches{seconds(0), hours(24 * 31)};

std::uint16_t port_of(std::string_view text, std::string_view family) noexcept {
    if (family == "grandstream") return ucm_api_port;
    return text.starts_with("http://") ? 80 : 443;
}

// As it is asked for: without a path, and without the port that goes without saying.
std::string base_of(const url& said) {
    const std::uint16_t usual = said.scheme == "http" ? 80 : 443;
    std::string base = said.scheme + "://" + format_host_port(said.address);
    const std::string port = ':' + std::to_string(usual);
    if (said.address.port == usual) base.resize(base.size() - port.size());
    return base;
}

void read_url(config_table& from, std::string_view family, sources::poll_client_settings& client) {
    url said;
    const auto parse = [family](std::string_view text) {
        return parse_url(text, port_of(text, family));
    };
    if (!from.parsed({"url", "https://HOST:PORT of the PBX's web interface"}, said, parse)) return;
    if (said.scheme != "https" && said.scheme != "http")
        from.fail("url", "must begin with https:// or http://");
    if (!said.username.empty() || !said.password.empty())
        from.fail("url", "must hold no user: there are username and password");
    if (said.scheme == "http" && from.has("tls")) from.fail("tls", "needs a url with https://");
    client.url = base_of(said);
}

void read_client(config_table& from, sources::poll_client_settings& client) {
    from.number({"requests_per_minute", "in any minute, logins included"},
                client.requests_per_minute, {1u, 6000u});
    from.number({"connections", "requests at a time"}, client.concurrency_max, {1u, 16u});
    from.size({"answer_max", "bytes of one answer; what is larger is refused"},
              client.answer_size_max, {64 * 1024, std::uint64_t{1} << 30});
    from.duration({"answer_timeout", "for a whole answer"}, client.answer_timeout, short_times);
    from.duration({"connect_timeout", "for resolving, connecting and the TLS handshake together"},
                  client.http.connect_timeout, short_times);
    from.duration({"backoff_first", "first wait before what failed is asked again"},
                  client.backoff_first, short_times);
    from.duration({"backoff_longest", "longest such wait"}, client.backoff_longest, waits);
    from.duration({"backoff_refused", "longest wait after a refused login"}, client.backoff_refused,
                  waits);
    from.duration({"backoff_locked", "shortest wait after the PBX locked the account"},
                  client.backoff_locked, waits);
}

void read_cdr(config_table& from, sources::cdr_poller_settings& cdr) {
    timestamp since;
    if (from.parsed({"since", "2026-11-01 or 2026-11-01T08:00:00Z: what is back-filled at first"},
                    since, parse_date))
        cdr.begin = since;
    from.duration({"every", "how often the PBX is asked"}, cdr.interval, waits);
    from.duration({"every_busy", "and how often while calls end"}, cdr.interval_busy, waits);
    from.duration({"overlap", "what is read again each time, for rows that are written late"},
                  cdr.overlap, stretches);
    from.duration({"call_longest", "what is read again now and then, for calls that last"},
                  cdr.call_longest, stretches);
    from.duration({"call_every", "how often that is"}, cdr.call_interval, waits);
    from.duration({"settle", "how long a row waits for rows of calls that ended earlier"},
                  cdr.settle, {seconds(0), hours(1)});
    from.duration({"window", "of a back-fill at first; it grows and shrinks by itself"}, cdr.window,
                  {seconds(1), hours(24 * 7)});
    from.number({"rows_max", "of one window, if it can be made shorter"}, cdr.row_count_max,
                {std::size_t{100}, std::size_t{200'000}});
}

void read_nexo_filter(config_table& from, sources::nexo_filter& filter) {
    from.text({"src", "numbers that called"}, filter.src);
    from.text({"dst", "numbers that were called"}, filter.dst);
    from.text({"disposition", "ANSWERED, BUSY, FAILD, NO ANSWER or All"}, filter.disposition);
    from.text({"userfield", "Interval, Outbound, Inbound, CallBack or All"}, filter.userfield);
    from.text({"minbillsec", "seconds of talk at least"}, filter.minbillsec);
    from.text({"maxbillsec", "seconds of talk at most"}, filter.maxbillsec);
    from.text({"cidname", "CID name prefix of the inbound route"}, filter.cidname);
    from.text({"in_route", "inbound route"}, filter.in_route);
    from.text({"ivr", "CID name prefix of the IVR"}, filter.ivr);
    from.text({"port", "of the GSM module; -1: any"}, filter.port);
}

}  // namespace

bool has_poll(std::string_view family) noexcept {
    return family == "nexo" || family == "fiberme" || family == "grandstream" ||
           family == "voipmonitor";
}

result<timestamp> parse_date(std::string_view text) {
    const auto wrong = [] {
        return failure(errc::bad_config,
                       "must be a date such as 2026-11-01, or a UTC time such "
                       "as 2026-11-01T08:00:00Z");
    };
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    if (text.size() != 10 && text.size() != shape.size()) return wrong();
    std::array<unsigned, 6> parts{};
    std::size_t part = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (is_digit != (shape[i] == '0') || (!is_digit && text[i] != shape[i])) return wrong();
        if (is_digit) parts[part] = parts[part] * 10 + static_cast<unsigned>(text[i] - '0');
        if (!is_digit) ++part;
    }
    const date::year_month_day on{date::year(static_cast<int>(parts[0])), date::month(parts[1]),
                                  date::day(parts[2])};
    if (!on.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 59) return wrong();
    return timestamp(date::sys_days(on)) + hours(parts[3]) + std::chrono::minutes(parts[4]) +
           seconds(parts[5]);
}

void read_poll(config_table& from, pbx_settings& pbx) {
    poll_settings poll;
    poll.client.pbx = poll.cdr.pbx = pbx.name;
    poll.client.http.keeps_cookies = true;
    const std::string& family = pbx.translator.family;
    read_url(from, family, poll.client);
    secret password;
    from.text({"username", "of the PBX's web interface or API"}, poll.username);
    from.password({"password", "of that user"}, password, poll.password_origin);
    std::optional<tls_settings> tls;
    read_tls(from, tls);
    if (tls) poll.client.http.tls = *tls;
    read_client(from, poll.client);
    read_cdr(from, poll.cdr);
    poll.client.http.connection_count_max = poll.client.concurrency_max;
    sources::nexo_filter filter;
    const bool is_ucm = family == "grandstream";
    const bool filters =
        !is_ucm && family != "voipmonitor" &&
        from.table({"filter", "of a Nexo: only such CDRs, as its API calls them"},
                   [&filter](config_table& table) { read_nexo_filter(table, filter); });
    if (family == "nexo")
        poll.api = sources::nexo_settings{poll.client.url, poll.username, password, filter};
    else if (filters)
        from.fail("filter", "needs family = \"nexo\", \"grandstream\" or \"voipmonitor\"");
    read_polled_family(from, family, poll, password);
    from.require({"url"});
    // A UCM may ask for no login at all.
    if (!is_ucm || from.has("username") != from.has("password"))
        from.require({"username", "password"});
    pbx.poll = std::move(poll);
}

std::string describe(const poll_settings& poll) {
    std::string out = "\n    polled at " + poll.client.url + ", user " + poll.username;
    if (!poll.password_origin.empty()) out += ", password (from " + poll.password_origin + ")";
    out += "\n    every " + format_duration(poll.cdr.interval) + ", " +
           format_duration(std::min(poll.cdr.interval, poll.cdr.interval_busy)) +
           " while calls end, at most " + std::to_string(poll.client.requests_per_minute) +
           " requests a minute";
    if (!poll.cdr.begin) return out + ", from now on";
    std::array<char, rfc3339_size> text{};
    format_rfc3339(*poll.cdr.begin, text);
    return out + ", back-filled from " + std::string(text.data(), 19) + "Z";
}

}  // namespace callstream::app
