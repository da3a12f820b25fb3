#include "app/api_options.h"

#include <array>
#include <utility>

#include "app/bucket_options.h"
#include "app/connection_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

constexpr std::uint16_t api_port = 8088;
constexpr std::uint16_t receiver_port = 8260;
constexpr std::array<std::string_view, 2> generation_names{"s-series", "p-series"};
enum class event_way : std::uint8_t { push, websocket };
constexpr std::array<std::string_view, 2> event_way_names{"push", "websocket"};

// As it is asked for: without a path, with its port.
std::string base_of(const url& said) {
    return said.scheme + "://" + format_host_port(said.address);
}

// HOST:PORT/PATH, HOST, or nothing.
result<sources::yeastar_receiver> parse_receiver(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto address = parse_host_port(text.substr(0, slash), receiver_port);
    if (!address) return tl::unexpected(address.error());
    sources::yeastar_receiver parsed;
    parsed.host = address->host;
    parsed.port = address->port;
    if (slash != std::string_view::npos) parsed.path = text.substr(slash);
    return parsed;
}

void read_url(config_table& from, sources::yeastar_session_settings& session, url& said) {
    const auto parse = [](std::string_view text) { return parse_url(text, api_port); };
    if (!from.parsed({"url", "https://HOST:PORT of its web interface; default port: 8088"}, said,
                     parse))
        return;
    if (said.scheme != "https" && said.scheme != "http")
        from.fail("url", "must begin with https:// or http://");
    if (!said.username.empty() || !said.password.empty())
        from.fail("url", "must hold no user: there are username and password");
    session.api.url = base_of(said);
    if (said.scheme == "http" && from.has("tls")) from.fail("tls", "needs a url with https://");
}

void read_waits(config_table& from, sources::yeastar_session_settings& session) {
    from.duration({"heartbeat", "how often the token is kept alive; at most a third of its life"},
                  session.heartbeat_interval, short_times);
    from.duration({"connect_timeout", "for resolving, connecting and the TLS handshake together"},
                  session.http.connect_timeout, short_times);
    from.duration({"answer_timeout", "for an answer of the API"}, session.answer_timeout,
                  short_times);
    from.duration({"backoff_first", "first wait before another login"}, session.backoff_first,
                  short_times);
    from.duration({"backoff_longest", "longest such wait"}, session.backoff_longest, short_times);
    from.duration({"backoff_refused", "longest wait after a refused login"},
                  session.backoff_refused, short_times);
    from.duration({"backoff_locked", "shortest wait after the PBX locked us out"},
                  session.backoff_locked, short_times);
}

void read_subscription(config_table& from, const url& said, pbx_settings& pbx) {
    event_way way = event_way::push;
    from.choice({"events", "push, or websocket (P-Series only): asked for, needs no [http]"}, way,
                event_way_names);
    if (way == event_way::push) return;
    const sources::yeastar_session_settings& session = *pbx.api;
    if (session.api.generation != sources::yeastar_generation::p_series)
        from.fail("events", "the S-Series has no WebSocket: set generation = \"p-series\"");
    sources::yeastar_subscription_settings subscription;
    subscription.pbx = pbx.name;
    subscription.socket.user_agent = session.http.user_agent;
    stream_settings& connection = subscription.socket.connection;
    connection.host = said.address.host;
    connection.port = said.address.port;
    connection.connect_timeout = session.http.connect_timeout;
    if (said.scheme == "https") connection.tls = session.http.tls;
    pbx.subscription = std::move(subscription);
}

}  // namespace

void read_api(config_table& from, pbx_settings& pbx) {
    sources::yeastar_session_settings session;
    session.pbx = pbx.name;
    url said;
    read_url(from, session, said);
    from.choice({"generation", "s-series (also K2 and Cloud), or p-series"}, session.api.generation,
                generation_names);
    from.text({"version", "of the S-Series' API, such as 1.0.1, 1.1.0 or 2.0.0"},
              session.api.version);
    from.text({"username", "of the API; of a P-Series PBX its client ID"}, session.api.username);
    from.password({"password", "of the API; of a P-Series PBX its client secret"},
                  session.api.password, pbx.api_password_origin);
    from.parsed({"report_to", "HOST:PORT/PATH where the PBX reaches us; default port: 8260"},
                session.api.receiver, parse_receiver);
    std::optional<tls_settings> tls;
    read_tls(from, tls);
    if (tls) session.http.tls = *tls;
    read_waits(from, session);
    from.require({"url", "username", "password"});
    const bool is_p_series = session.api.generation == sources::yeastar_generation::p_series;
    // Its web interface tells it where to push; it answers none but this client.
    if (is_p_series && from.has("report_to"))
        from.fail("report_to", "is not for the P-Series: set its webhook in its web interface");
    if (is_p_series) session.http.user_agent = "OpenAPI";
    pbx.api = std::move(session);
    read_subscription(from, said, pbx);
}

void read_recordings(config_table& from, pbx_settings& pbx) {
    sources::recording_queue_settings recordings;
    recordings.pbx = pbx.name;
    recordings.family = pbx.translator.family;
    recordings.path = *sources::recording_template::parse("{pbx}/{date}/{call_id}-{file}");
    from.text({"directory", "where recordings are stored, or wait for the bucket"},
              recordings.directory);
    from.parsed({"path", "below it; {pbx} {date} {time} {call_id} {leg_id} {file}"},
                recordings.path, sources::recording_template::parse);
    from.size({"size_max", "bytes of one recording"}, recordings.limits.size_max,
              {1024, std::uint64_t{1} << 40});
    from.size({"free_min", "bytes that stay free on that file system"}, recordings.limits.free_min,
              {0, std::uint64_t{1} << 50});
    from.size({"kept_max", "bytes of all files in the directory; 0: as many as there is room for"},
              recordings.limits.kept_max, {0, std::uint64_t{1} << 50});
    from.table(
        {"bucket", "that recordings go on to from the directory, over S3"},
        [&recordings](config_table& table) { read_bucket(table, recordings.bucket.emplace()); });
    from.number({"tries", "before a recording is given up"}, recordings.try_count_max, {1u, 100u});
    from.duration({"delay", "before the first try: the PBX still writes it"}, recordings.delay,
                  {std::chrono::milliseconds(0), std::chrono::hours(24)});
    from.duration({"backoff_first", "first wait before another try"}, recordings.backoff_first,
                  short_times);
    from.duration({"backoff_longest", "longest such wait"}, recordings.backoff_longest,
                  {std::chrono::milliseconds(1), std::chrono::hours(24)});
    from.require({"directory"});
    const sources::recording_limits& limits = recordings.limits;
    if (limits.kept_max > 0 && limits.kept_max < limits.size_max)
        from.fail("kept_max", "must be 0 or at least size_max, which is " +
                                  format_size(limits.size_max) + ": one recording could fill it");
    pbx.recordings = std::move(recordings);
}

void complete_api(settings& read) {
    if (!read.http) return;
    const auto& listen = read.http->listen.empty() ? read.http->listen_secure : read.http->listen;
    for (pbx_settings& pbx : read.pbxes)
        if (pbx.api && pbx.api->api.receiver.host.empty() && !listen.empty())
            pbx.api->api.receiver.port = listen.front().port;
}

}  // namespace callstream::app
