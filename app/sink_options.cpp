#include "app/sink_options.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "app/connection_options.h"
#include "app/shaping_options.h"
#include "app/sink_lanes.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::string_view web_sink_name = "web";
constexpr std::array<std::string_view, 2> start_names{"oldest", "newest"};
constexpr std::array<std::string_view, 3> format_names{"automatic", "ndjson", "readable"};

void check_template(config_table& from, std::string_view key, const std::string& written) {
    if (const std::string problem = problem_of_template(written); !problem.empty())
        from.fail(key, problem);
}

void read_kafka(config_table& from, sinks::kafka_settings& kafka) {
    from.text({"brokers", "HOST:PORT of some brokers, separated by commas"}, kafka.brokers);
    from.text({"topic", "where events go, such as calls.{family}; the key is the partition key"},
              kafka.topic);
    check_template(from, "topic", kafka.topic);
    from.text({"state_topic", "compacted topic of the live state, such as calls.state"},
              kafka.state_topic);
    from.number<std::size_t>({"in_flight_max", "records sent and not yet acknowledged"},
                             kafka.in_flight_max, {1, 10'000'000});
    from.duration({"backoff_first", "first wait before a new producer is built"},
                  kafka.backoff_first, short_times);
    from.duration({"backoff_longest", "longest such wait"}, kafka.backoff_longest, short_times);
    from.properties({"librdkafka", "any property of librdkafka, as it is"}, kafka.properties);
    from.require({"brokers"});
}

// redis://[USER[:PASSWORD]@]HOST[:PORT][/DATABASE], rediss:// for TLS.
void read_redis_url(config_table& from, sinks::redis_settings& redis, sink_settings& sink) {
    url said;
    const auto parse = [](std::string_view text) { return parse_url(text, redis_port); };
    if (!from.parsed({"url", "redis://USER@HOST:PORT/DATABASE, or rediss:// for TLS"}, said, parse))
        return;
    if (said.scheme == "rediss")
        redis.connection.tls.emplace();
    else if (said.scheme != "redis")
        from.fail("url", "must begin with redis:// or rediss://");
    redis.connection.host = said.address.host;
    redis.connection.port = said.address.port;
    redis.username = said.username;
    if (!said.password.empty()) {
        redis.password = said.password;
        sink.password_origin = "the URL";
    }
    const char* end = said.path.data() + said.path.size();
    if (said.path.empty()) return;
    const auto [rest, problem] = std::from_chars(said.path.data(), end, redis.database);
    if (problem != std::errc{} || rest != end)
        from.fail("url", "the path must be the number of a database, such as /0");
}

void read_redis(config_table& from, sinks::redis_settings& redis, sink_settings& sink) {
    read_redis_url(from, redis, sink);
    const bool secured = redis.connection.tls.has_value();
    read_tls(from, redis.connection.tls);
    if (from.has("url") && redis.connection.tls && !secured)
        from.fail("tls", "needs a URL that begins with rediss://");
    from.text({"username", "user of Redis 6 and later; default: none"}, redis.username);
    from.password({"password", "its password"}, redis.password, sink.password_origin);
    from.text({"stream", "key of the stream, such as calls.{pbx}.{family}"}, redis.stream);
    check_template(from, "stream", redis.stream);
    from.text({"state_prefix", "of the live state's keys, such as callstream:state:"},
              redis.state_prefix);
    from.duration({"state_expiry", "of those keys, which are renewed in half of it"},
                  redis.state_expiry, {std::chrono::seconds(10), std::chrono::hours(24)});
    from.number<std::uint64_t>({"max_length", "entries kept, about (MAXLEN ~); 0: all"},
                               redis.max_length, {0, std::numeric_limits<std::int64_t>::max()});
    from.number<std::size_t>({"in_flight_max", "commands sent and not yet answered"},
                             redis.in_flight_max, {1, 1'000'000});
    from.number<std::size_t>({"batch_size_max", "commands in one write"}, redis.batch_size_max,
                             {1, 65'536});
    from.duration({"reply_timeout", "silence after which the connection counts as dead"},
                  redis.reply_timeout, short_times);
    from.duration({"backoff_first", "first wait before connecting again"}, redis.backoff_first,
                  short_times);
    from.duration({"backoff_longest", "longest such wait"}, redis.backoff_longest, short_times);
    read_connection(from, redis.connection);
    from.require({"url"});
}

void read_format(config_table& from, sinks::file_settings& file) {
    from.choice({"format", "automatic: readable on a terminal, NDJSON otherwise"}, file.format,
                format_names);
}

void read_file(config_table& from, sinks::file_settings& file) {
    using std::chrono::hours;
    from.text({"path", "the file that is written"}, file.path);
    read_format(from, file);
    from.size({"rotate_size", "a new file at this size; 0: never"}, file.rotate_size,
              {0, std::uint64_t{1} << 50});
    from.duration({"rotate_every", "a new file at this age; 0s: never"}, file.rotate_every,
                  {hours(0), hours(24 * 366)});
    from.number<std::uint32_t>({"keep_count", "rotated files kept; 0: all"}, file.keep_count,
                               {0, 1'000'000});
    from.flag({"sync", "fsync before events count as delivered"}, file.sync);
    from.require({"path"});
}

}  // namespace

void read_sink(config_table& from, const std::string& name, settings& out) {
    sink_settings sink;
    sink.name = name;
    sink.begin = start_at::oldest;
    if (name == web_sink_name)
        from.fail("",
                  "needs another name: the web server is called 'web' in metrics, in /readyz and "
                  "on the wallboard");
    from.choice({"start", "where a new sink begins"}, sink.begin, start_names);

    read_filter(from, filter_of::sink, sink.filter);
    read_numbers(from, sink);

    int target_count = 0;
    const auto target = [&](const config_key& key, auto settings, const auto& read) {
        settings.name = name;
        if (from.has(key.name)) ++target_count;
        if (read(key, settings)) sink.target = std::move(settings);
    };
    target({"kafka", "a Kafka topic"}, sinks::kafka_settings{}, [&](auto& key, auto& kafka) {
        return from.table(key, [&](config_table& table) { read_kafka(table, kafka); });
    });
    target({"redis", "a Redis Stream"}, sinks::redis_settings{}, [&](auto& key, auto& redis) {
        return from.table(key, [&](config_table& table) { read_redis(table, redis, sink); });
    });
    target({"file", "a file, one event a line"}, sinks::file_settings{},
           [&](auto& key, auto& file) {
               return from.table(key, [&](config_table& table) { read_file(table, file); });
           });
    target({"stdout", "standard output; true, or a table of its options"}, sinks::file_settings{},
           [&](auto& key, auto& file) {
               file.path = "-";
               return from.table_or_flag(key,
                                         [&](config_table& table) { read_format(table, file); });
           });
    from.not_supported({"sse"});
    if (target_count != 1)
        from.fail("", "needs exactly one of 'kafka', 'redis', 'file' and 'stdout'");
    if (lanes_of(sink, out.pbxes).size() > lane_count_max)
        from.fail("", "goes to more than 64 topics or streams; fewer types or PBXes make fewer");
    out.sinks.push_back(std::move(sink));
}

}  // namespace callstream::app
