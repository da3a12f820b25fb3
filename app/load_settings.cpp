#include "app/load_settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include "app/api_options.h"
#include "app/connection_options.h"
#include "app/poll_options.h"
#include "app/push_options.h"
#include "app/shaping_options.h"
#include "app/sink_options.h"
#include "app/time_zone.h"
#include "app/ucm_options.h"
#include "app/web_options.h"
#include "core/config_value.h"
#include "core/limits.h"
#include "sinks/phone_number.h"

namespace callstream::app {

namespace {

using std::chrono::hours;

constexpr std::array<std::string_view, 3> fsync_names{"batch", "interval", "never"};
constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> log_format_names{"text", "json"};
constexpr std::array<std::string_view, 3> login_names{"automatic", "md5", "plain"};
constexpr std::array<std::string_view, 3> dialect_names{"automatic", "1.x", "2.x"};
constexpr std::uint16_t ami_port = 5038;
constexpr std::uint16_t ami_tls_port = 5039;

void read_journal(config_table& from, journal_settings& journal) {
    from.text({"path", "a directory, made if it is not there; \":memory:\" keeps nothing"},
              journal.path);
    from.size({"max_bytes", "all segments together"}, journal.max_bytes,
              {2 * limits::segment_size_min, std::uint64_t{1} << 50});
    from.size({"segment_bytes", "one segment, which is what is deleted at once"},
              journal.segment_bytes, {limits::segment_size_min, std::uint64_t{1} << 32});
    from.choice({"fsync", "batch: before a push is answered; interval; never"}, journal.fsync,
                fsync_names);
    from.duration({"fsync_interval", "for fsync = \"interval\""}, journal.fsync_interval,
                  short_times);
    from.duration({"retention", "how long events are kept that every sink has"}, journal.retention,
                  {hours(0), hours(24 * 3660)});
    if (journal.max_bytes / 2 < journal.segment_bytes)
        from.fail("max_bytes", "must hold two segments of " + format_size(journal.segment_bytes));
}

void read_log(config_table& from, log_settings& log) {
    from.choice({"level", "the lowest that is written"}, log.level, level_names);
    from.choice({"format", "text for people, json for machines"}, log.format, log_format_names);
}

void read_ami(config_table& from, pbx_settings& pbx) {
    sources::ami_client_settings ami;
    ami.pbx = pbx.name;
    read_tls(from, ami.connection.tls);
    host_port address;
    const std::uint16_t port = ami.connection.tls ? ami_tls_port : ami_port;
    const auto parse = [port](std::string_view text) { return parse_host_port(text, port); };
    from.parsed({"address", "HOST:PORT; default port: 5038, with TLS 5039"}, address, parse);
    ami.connection.host = address.host;
    ami.connection.port = address.port;
    from.text({"username", "user of manager.conf"}, ami.username);
    from.password({"secret", "its secret"}, ami.secret, pbx.secret_origin);
    from.choice({"login", "how the secret is sent; automatic: plain only over TLS"}, ami.login,
                login_names);
    from.text({"events", "event mask of the login"}, ami.event_mask);
    from.duration({"login_timeout", "for the answer to the login"}, ami.login_timeout, short_times);
    from.duration({"ping_interval", "how often the PBX is asked whether it lives"},
                  ami.ping_interval, short_times);
    from.duration({"ping_timeout", "silence after a ping that ends the connection"},
                  ami.ping_timeout, short_times);
    from.duration({"snapshot_timeout", "for each list that is asked for after a login"},
                  ami.snapshot_timeout, short_times);
    from.duration({"backoff_first", "first wait before connecting again"}, ami.backoff_first,
                  short_times);
    from.duration({"backoff_longest", "longest such wait"}, ami.backoff_longest, short_times);
    from.duration({"backoff_refused", "longest wait after a refused login, which fail2ban counts"},
                  ami.backoff_refused, short_times);
    from.choice(
        {"dialect", "automatic: by the greeting; 1.x: Asterisk 1.4 to 11; 2.x: 12 and later"},
        pbx.translator.dialect, dialect_names);
    read_connection(from, ami.connection);
    from.require({"address", "username", "secret"});
    pbx.ami = std::move(ami);
}

void read_family(config_table& from, std::string& family) {
    constexpr std::array<std::string_view, 6> supported{"asterisk", "nexo",        "yeastar",
                                                        "fiberme",  "grandstream", "voipmonitor"};
    if (!from.text({"family", "asterisk, nexo, yeastar, fiberme, grandstream or voipmonitor"},
                   family))
        return;
    if (std::find(supported.begin(), supported.end(), family) != supported.end()) return;
    const std::string_view nearest = nearest_word(family, {supported.begin(), supported.end()});
    from.fail("family",
              "must be \"asterisk\", \"nexo\", \"yeastar\", \"fiberme\", \"grandstream\" or "
              "\"voipmonitor\"" +
                  (nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?"));
}

void check_recordings(config_table& from, const pbx_settings& pbx) {
    const std::string& family = pbx.translator.family;
    if (!from.has("recordings")) return;
    if (has_poll(family)) {
        if (!from.has("cdr_poll"))
            from.fail("recordings", "needs 'cdr_poll': the PBX is asked for them");
    } else if (family != "yeastar") {
        from.fail("recordings",
                  "needs a PBX that is asked for them: of family nexo, yeastar, fiberme, "
                  "grandstream or voipmonitor");
    } else if (!from.has("api")) {
        from.fail("recordings", "needs 'api': the PBX is asked for them");
    }
}

void check_ucm_ways_in(config_table& from, const pbx_settings& pbx) {
    if (!pbx.ami && !pbx.push && !pbx.cdr_output && !from.has("cdr_poll"))
        from.fail("", "needs 'cdr_poll', 'push', 'cdr_output' or 'ami'");
    if (from.has("api")) from.fail("api", "a PBX of this family has no such way in");
    check_recordings(from, pbx);
}

void check_ways_in(config_table& from, const pbx_settings& pbx) {
    if (pbx.translator.family == "grandstream") return check_ucm_ways_in(from, pbx);
    if (from.has("cdr_output")) from.fail("cdr_output", "needs family = \"grandstream\"");
    const bool pushes = pbx.translator.family == "yeastar";
    if (pushes && !pbx.subscription)
        from.require({"push"});
    else if (!pushes && !from.has("cdr_poll"))
        from.require({"ami"});
    if (pushes && from.has("ami")) from.fail("ami", "a PBX of this family has no AMI");
    if (from.has("cdr_poll") && !has_poll(pbx.translator.family))
        from.fail("cdr_poll", "this family of PBXes has no such API");
    for (const char* const key : {"push", "api"})
        if (!pushes && from.has(key)) from.fail(key, "needs family = \"yeastar\"");
    check_recordings(from, pbx);
}

void read_pbx(config_table& from, const std::string& name, settings& out) {
    pbx_settings pbx;
    pbx.name = name;
    read_family(from, pbx.translator.family);
    if (from.text({"timezone", "IANA name of the zone of the PBX's clock"}, pbx.timezone))
        if (const std::string problem = problem_of_time_zone(pbx.timezone); !problem.empty())
            from.fail("timezone", problem);
    pbx.translator.timezone = pbx.timezone;
    from.choice({"charset", "of its texts; guessed: UTF-8, and latin-1 for what is not"},
                pbx.charset, parsers::charset_names);
    from.table({"ami", "the Asterisk Manager Interface"},
               [&pbx](config_table& table) { read_ami(table, pbx); });
    from.table({"cdr_poll", "the PBX's API, asked again and again"},
               [&pbx](config_table& table) { read_poll(table, pbx); });
    from.table({"push", "reports that the PBX pushes over HTTP"},
               [&pbx](config_table& table) { read_push(table, pbx); });
    from.table({"cdr_output", "where the CDRs are waited for that a UCM sends over TCP"},
               [&pbx](config_table& table) { read_cdr_output(table, pbx); });
    from.table({"api", "the login at the PBX's HTTP API"},
               [&pbx](config_table& table) { read_api(table, pbx); });
    from.table({"recordings", "where the recordings that the PBX tells of are stored"},
               [&pbx](config_table& table) { read_recordings(table, pbx); });
    parsers::call_rules& rules = pbx.translator.rules;
    from.texts({"trunks", "channel names that are trunks; * and ? stand for anything"},
               rules.trunk_channels);
    from.texts({"inbound_contexts", "dialplan contexts of calls from outside"},
               rules.inbound_contexts);
    from.texts({"internal_contexts", "dialplan contexts of calls from inside"},
               rules.internal_contexts);
    read_filter(from, filter_of::pbx, pbx.filter);
    if (from.text({"country", "ISO 3166-1, such as DE: how the PBX writes numbers"}, pbx.country) &&
        !sinks::is_country(pbx.country))
        from.fail("country", "must be a country such as DE");
    from.duration({"silent_call_max", "a call of which nothing is heard for so long is ended"},
                  pbx.translator.limits.silence, {std::chrono::minutes(1), hours(24 * 366)});
    from.require({"family"});
    check_ways_in(from, pbx);
    pbx.translator.files_by_rows = pbx.translator.family == "grandstream" && pbx.has_rows();
    out.pbxes.push_back(std::move(pbx));
}

void read_shutdown(config_table& from, settings& out) {
    from.duration({"deadline", "for the sinks to take what was published"}, out.drain_deadline,
                  {std::chrono::milliseconds(0), hours(1)});
}

void read_settings(config_table& from, settings& out) {
    out.journal.path = "/var/lib/callstream";
    from.table({"journal", "where events wait for the sinks"},
               [&out](config_table& table) { read_journal(table, out.journal); });
    from.table({"log", "the program's own log, on stderr"},
               [&out](config_table& table) { read_log(table, out.log); });
    from.table({"shutdown", "when told to stop"},
               [&out](config_table& table) { read_shutdown(table, out); });
    from.tables({"pbx", "one PBX"}, [&out](const std::string& name, config_table& table) {
        read_pbx(table, name, out);
    });
    from.tables(
        {"sink", "one place where events go"},
        [&out](const std::string& name, config_table& table) { read_sink(table, name, out); });
    if (out.pbxes.empty()) from.fail("pbx", "no PBX: at least one [pbx.NAME] is needed");
    http_server_settings http;
    if (from.table({"http", "where pushed reports are waited for"},
                   [&http](config_table& table) { read_http(table, http); }))
        out.http = http;
    sinks::web_settings web;
    if (from.table({"web", "live state, events and the wallboard over HTTP"},
                   [&web](config_table& table) { read_web(table, web); }))
        out.web = web;
    check_push(from, out);
    complete_web(out);
    complete_api(out);
}

}  // namespace

loaded_settings load_settings(const config_document& document) {
    loaded_settings loaded;
    loaded.problems = document.problems;
    if (!loaded.problems.empty()) return loaded;
    loaded.problems =
        read_config(document, [&loaded](config_table& root) { read_settings(root, loaded.value); });
    return loaded;
}

loaded_settings load_settings(const std::string& path) {
    return load_settings(read_config_file(path));
}

std::vector<config_option> describe_settings() {
    settings unused;
    return describe_config([&unused](config_table& root) { read_settings(root, unused); });
}

}  // namespace callstream::app
