#include <cstdlib>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "app/load_settings.h"

using namespace callstream;
using namespace callstream::app;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

loaded_settings load(const std::string& toml) {
    return load_settings(parse_config(toml));
}

lines problems_of(const std::string& toml) {
    lines shown;
    for (const config_problem& problem : load(toml).problems)
        shown.push_back(format_problem("callstream.toml", problem));
    return shown;
}

// A configuration without a problem, then `more`.
std::string with(const std::string& more) {
    return "[pbx.hq]\nfamily = \"asterisk\"\n"
           "ami = { address = \"pbx\", username = \"u\", secret = \"s\" }\n" +
           more;
}

constexpr const char* nothing_missing = R"(
[journal]
path = "/tmp/journal"
max_bytes = "1GiB"
segment_bytes = "16MiB"
fsync = "interval"
fsync_interval = "200ms"
retention = "7d"

[log]
level = "debug"
format = "json"

[shutdown]
deadline = "3s"

[pbx.hq]
family = "nexo"
timezone = "Asia/Shanghai"
charset = "gbk"
country = "CN"
trunks = ["PJSIP/carrier*"]
inbound_contexts = ["in"]
internal_contexts = ["out", "local"]
include = { types = ["call.*", "cdr.created"], contexts = ["from-*"] }
exclude = { channels = ["/^Local/"] }

[pbx.hq.ami]
address = "[2001:db8::1]"
username = "admin"
secret = { env = "CALLSTREAM_TEST_AMI" }
login = "md5"
events = "call,cdr"
login_timeout = "1s"
ping_interval = "2s"
ping_timeout = "3s"
backoff_first = "4s"
backoff_longest = "5s"
backoff_refused = "9m"
connect_timeout = "6s"
keepalive = "7s"
write_queue_size_max = "1MiB"
[pbx.hq.ami.tls]
pin_sha256 = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
server_name = "pbx"

[sink.wallboards]
start = "newest"
include = { pbxes = ["hq"], queues = ["sales"] }
exclude = { extensions = ["9*"] }
[sink.wallboards.numbers]
form = "hashed"
e164 = true
keep_last = 2
shorter_than = 6
key = { env = "CALLSTREAM_TEST_AMI_KEY" }
[sink.wallboards.kafka]
brokers = "kafka1:9092,kafka2:9092"
topic = "events"
in_flight_max = 10
backoff_first = "1s"
backoff_longest = "2s"
librdkafka = { linger.ms = 5, "compression.type" = "lz4" }

[sink.live.redis]
url = "rediss://app@cache.example/3"
password = { env = "CALLSTREAM_TEST_REDIS" }
tls = { verify = "none" }
stream = "s"
max_length = 1000
in_flight_max = 20
batch_size_max = 30
reply_timeout = "4s"
backoff_first = "5s"
backoff_longest = "6s"
connect_timeout = "7s"
keepalive = "8s"
write_queue_size_max = "2MiB"

[sink.archive.file]
path = "/tmp/events.ndjson"
format = "ndjson"
rotate_size = "1GiB"
rotate_every = "1d"
keep_count = 9
sync = true

[sink.screen]
stdout = { format = "readable" }
)";

settings load_all() {
    ::setenv("CALLSTREAM_TEST_AMI", "ami-word", 1);
    ::setenv("CALLSTREAM_TEST_AMI_KEY", "sixteen letters!", 1);
    ::setenv("CALLSTREAM_TEST_REDIS", "redis-word", 1);
    CHECK(problems_of(nothing_missing) == lines{});
    return load(nothing_missing).value;
}

}  // namespace

TEST_CASE("every option of journal, log and shutdown reaches its setting", "[app]") {
    const settings all = load_all();

    CHECK(all.journal.path == "/tmp/journal");
    CHECK(all.journal.max_bytes == 1ull << 30);
    CHECK(all.journal.segment_bytes == 16ull << 20);
    CHECK(all.journal.fsync == fsync_mode::interval);
    CHECK(all.journal.fsync_interval == 200ms);
    CHECK(all.journal.retention == 168h);
    CHECK(all.log.level == log_level::debug);
    CHECK(all.log.format == log_format::json);
    CHECK(all.drain_deadline == 3s);
}

TEST_CASE("every option of a PBX reaches its setting", "[app]") {
    const settings all = load_all();
    REQUIRE(all.pbxes.size() == 1);
    const pbx_settings& pbx = all.pbxes[0];
    CHECK(pbx.name == "hq");
    CHECK(pbx.translator.family == "nexo");
    CHECK(pbx.timezone == "Asia/Shanghai");
    CHECK(pbx.charset == parsers::charset::gbk);
    CHECK(pbx.translator.rules.trunk_channels == lines{"PJSIP/carrier*"});
    CHECK(pbx.translator.rules.inbound_contexts == lines{"in"});
    CHECK(pbx.translator.rules.internal_contexts == lines{"out", "local"});
    CHECK(pbx.country == "CN");
    CHECK(pbx.filter.include.types == lines{"call.*", "cdr.created"});
    CHECK(pbx.filter.include.contexts == lines{"from-*"});
    CHECK(pbx.filter.exclude.channels == lines{"/^Local/"});
    CHECK(pbx.secret_origin == "env CALLSTREAM_TEST_AMI");
    REQUIRE(pbx.ami);
    CHECK(pbx.ami->pbx == "hq");
    CHECK(pbx.ami->username == "admin");
    CHECK(pbx.ami->secret.reveal() == "ami-word");
    CHECK(pbx.ami->login == sources::ami_login::md5);
    CHECK(pbx.ami->event_mask == "call,cdr");
    CHECK(pbx.ami->login_timeout == 1s);
    CHECK(pbx.ami->ping_interval == 2s);
    CHECK(pbx.ami->ping_timeout == 3s);
    CHECK(pbx.ami->backoff_first == 4s);
    CHECK(pbx.ami->backoff_longest == 5s);
    CHECK(pbx.ami->backoff_refused == 9min);
    CHECK(pbx.ami->connection.host == "2001:db8::1");
    CHECK(pbx.ami->connection.port == 5039);
    CHECK(pbx.ami->connection.connect_timeout == 6s);
    CHECK(pbx.ami->connection.keepalive == 7s);
    CHECK(pbx.ami->connection.write_queue_size_max == 1u << 20);
    REQUIRE(pbx.ami->connection.tls);
    CHECK(pbx.ami->connection.tls->verify == tls_verify::pin);
    CHECK(pbx.ami->connection.tls->pin_sha256.size() == 64);
    CHECK(pbx.ami->connection.tls->server_name == "pbx");
}

TEST_CASE("every option of a sink reaches its setting", "[app]") {
    const settings all = load_all();
    REQUIRE(all.sinks.size() == 4);
    CHECK(all.sinks[0].name == "wallboards");
    CHECK(all.sinks[0].begin == start_at::newest);
    CHECK(all.sinks[0].numbers.form == sinks::number_form::hashed);
    CHECK(all.sinks[0].numbers.e164);
    CHECK(all.sinks[0].numbers.keep_last == 2);
    CHECK(all.sinks[0].numbers.shorter_than == 6);
    CHECK(all.sinks[0].numbers.key.reveal() == "sixteen letters!");
    CHECK(all.sinks[0].key_origin == "env CALLSTREAM_TEST_AMI_KEY");
    CHECK(all.sinks[0].filter.include.pbxes == lines{"hq"});
    CHECK(all.sinks[0].filter.include.queues == lines{"sales"});
    CHECK(all.sinks[0].filter.exclude.extensions == lines{"9*"});
    const auto& kafka = std::get<sinks::kafka_settings>(all.sinks[0].target);
    CHECK(kafka.name == "wallboards");
    CHECK(kafka.brokers == "kafka1:9092,kafka2:9092");
    CHECK(kafka.topic == "events");
    CHECK(kafka.in_flight_max == 10);
    CHECK(kafka.backoff_first == 1s);
    CHECK(kafka.backoff_longest == 2s);
    CHECK(kafka.properties ==
          std::map<std::string, std::string>{{"compression.type", "lz4"}, {"linger.ms", "5"}});

    const auto& redis = std::get<sinks::redis_settings>(all.sinks[1].target);
    CHECK(all.sinks[1].begin == start_at::oldest);
    CHECK(all.sinks[1].password_origin == "env CALLSTREAM_TEST_REDIS");
    CHECK(redis.name == "live");
    CHECK(redis.connection.host == "cache.example");
    CHECK(redis.connection.port == 6379);
    REQUIRE(redis.connection.tls);
    CHECK(redis.connection.tls->verify == tls_verify::none);
    CHECK(redis.username == "app");
    CHECK(redis.password.reveal() == "redis-word");
    CHECK(redis.database == 3);
    CHECK(redis.stream == "s");
    CHECK(redis.max_length == 1000);
    CHECK(redis.in_flight_max == 20);
    CHECK(redis.batch_size_max == 30);
    CHECK(redis.reply_timeout == 4s);
    CHECK(redis.backoff_first == 5s);
    CHECK(redis.backoff_longest == 6s);
    CHECK(redis.connection.connect_timeout == 7s);
    CHECK(redis.connection.keepalive == 8s);
    CHECK(redis.connection.write_queue_size_max == 2u << 20);

    const auto& file = std::get<sinks::file_settings>(all.sinks[2].target);
    CHECK(file.name == "archive");
    CHECK(file.path == "/tmp/events.ndjson");
    CHECK(file.format == sinks::file_format::ndjson);
    CHECK(file.rotate_size == 1ull << 30);
    CHECK(file.rotate_every == 24h);
    CHECK(file.keep_count == 9);
    CHECK(file.sync);

    const auto& screen = std::get<sinks::file_settings>(all.sinks[3].target);
    CHECK(screen.path == "-");
    CHECK(screen.format == sinks::file_format::readable);
}

TEST_CASE("little is enough, the rest has defaults", "[app]") {
    const loaded_settings loaded = load(with("[sink.out]\nstdout = true\n"));
    CHECK(loaded.problems.empty());
    CHECK(loaded.value.journal.path == "/var/lib/callstream");
    CHECK(loaded.value.log.level == log_level::info);
    REQUIRE(loaded.value.pbxes.size() == 1);
    CHECK(loaded.value.pbxes[0].timezone == "UTC");
    CHECK(loaded.value.pbxes[0].ami->connection.port == 5038);
    CHECK_FALSE(loaded.value.pbxes[0].ami->connection.tls);
    CHECK(loaded.value.pbxes[0].secret_origin == "the configuration file");
    CHECK(std::get<sinks::file_settings>(loaded.value.sinks[0].target).path == "-");
}

TEST_CASE("without a PBX there is nothing to do", "[app]") {
    CHECK(problems_of("") ==
          lines{"callstream.toml:1:1: no PBX: at least one [pbx.NAME] is needed"});
}

TEST_CASE("a PBX says what it is and how it is reached", "[app]") {
    CHECK(problems_of("[pbx.hq]") == lines{"callstream.toml:1:1: pbx.hq: 'family' is missing",
                                           "callstream.toml:1:1: pbx.hq: 'ami' is missing"});
    CHECK(problems_of("[pbx.hq]\nfamily = 'asterisk'\nami = {}") ==
          lines{"callstream.toml:3:7: pbx.hq.ami: 'address' is missing",
                "callstream.toml:3:7: pbx.hq.ami: 'username' is missing",
                "callstream.toml:3:7: pbx.hq.ami: 'secret' is missing"});
    ::unsetenv("CALLSTREAM_TEST_ABSENT");
    CHECK(problems_of("[pbx.hq]\nfamily = 'asterisk'\n"
                      "ami = { address = 'x', username = 'y', secret = { env = "
                      "'CALLSTREAM_TEST_ABSENT' } }") ==
          lines{"callstream.toml:3:57: pbx.hq.ami.secret: environment variable "
                "CALLSTREAM_TEST_ABSENT is not set"});
}

TEST_CASE("what goes into the AMI login stays on its line", "[app]") {
    const std::string key = GENERATE("username", "secret", "events");
    std::string toml = "[pbx.hq]\nfamily = \"asterisk\"\n[pbx.hq.ami]\naddress = \"pbx\"\n";
    for (const std::string name : {"username", "secret", "events"})
        toml += name + (name == key ? " = \"x\\r\\nAction: Originate\"\n" : " = \"x\"\n");
    const lines problems = problems_of(toml);
    REQUIRE(problems.size() == 1);
    CHECK_THAT(problems[0], Catch::Contains("pbx.hq.ami." + key));
    CHECK_THAT(problems[0], Catch::Contains("must not hold line ends"));
}

TEST_CASE("a family is one of those there are", "[app]") {
    const auto of_family = [](const std::string& family) {
        return problems_of("[pbx.hq]\nfamily = '" + family +
                           "'\nami = { address = 'pbx', username = 'u', secret = 's' }");
    };
    CHECK(of_family("nexo") == lines{});
    CHECK(of_family("fiberme") == lines{});
    CHECK(of_family("asterix") ==
          lines{"callstream.toml:2:10: pbx.hq.family: must be \"asterisk\", \"nexo\", "
                "\"yeastar\", \"fiberme\", \"grandstream\" or \"voipmonitor\"; did you mean "
                "'asterisk'?"});
    CHECK(of_family("sonos") ==
          lines{"callstream.toml:2:10: pbx.hq.family: must be \"asterisk\", \"nexo\", "
                "\"yeastar\", \"fiberme\", \"grandstream\" or \"voipmonitor\""});
}

TEST_CASE("a time zone is one of the database's", "[app]") {
    CHECK(problems_of(with("timezone = 'Europe/Berlin'")) == lines{});
    CHECK(problems_of(with("timezone = 'Europe/Berln'")) ==
          lines{"callstream.toml:4:12: pbx.hq.timezone: unknown time zone; did you mean "
                "'Europe/Berlin'?"});
    CHECK(problems_of(with("timezone = '../../etc/passwd'")) ==
          lines{"callstream.toml:4:12: pbx.hq.timezone: unknown time zone"});
}

TEST_CASE("a pattern that can match nothing is a mistake", "[app]") {
    CHECK(problems_of(with("include = { types = ['calls.*'], queues = ['/(/'] }")) ==
          lines{"callstream.toml:4:21: pbx.hq.include.types: 'calls.*' matches no event type",
                "callstream.toml:4:43: pbx.hq.include.queues: '/(/' is not a regular expression "
                "that RE2 takes"});
    CHECK(problems_of(with("include = { pbxes = ['hq'] }")) ==
          lines{"callstream.toml:4:13: pbx.hq.include.pbxes: unknown key"});
}

TEST_CASE("a hash of numbers needs a key, and E.164 a country that is one", "[app]") {
    CHECK(problems_of(with("[sink.a]\nstdout = true\nnumbers = { form = 'hashed' }")) ==
          lines{"callstream.toml:6:11: sink.a.numbers: 'key' is missing"});
    CHECK(problems_of(with("[sink.a]\nstdout = true\nnumbers = { form = 'hashed', key = 'x' }")) ==
          lines{"callstream.toml:6:36: sink.a.numbers.key: must have at least 16 characters"});
    CHECK(problems_of(with("country = 'Germany'")) ==
          lines{"callstream.toml:4:11: pbx.hq.country: must be a country such as DE"});
}

TEST_CASE("what a later version will do is refused in so many words", "[app]") {
    CHECK(problems_of(with("[sink.a]\nsse = {}\nstdout = true")) ==
          lines{"callstream.toml:5:1: sink.a.sse: not supported by this version"});
}

TEST_CASE("a PBX that pushes says where, and who may", "[app]") {
    const std::string http = "[http]\nlisten = '127.0.0.1:8260, [::1]'\n";
    const auto of_push = [&](const std::string& push) {
        return problems_of(http + "[pbx.hq]\nfamily = 'yeastar'\npush = { " + push + " }");
    };
    const std::string at = "callstream.toml:5:";
    CHECK(of_push("path = '/hq', allow = ['192.0.2.0/24', '2001:db8::/32']") == lines{});
    CHECK(of_push("path = '/hq', token = 't'") == lines{});
    CHECK(of_push("path = '/hq', username = 'u', password = 'p', signing_key = 'k'") == lines{});
    CHECK(of_push("allow = ['::/0']") == lines{at + "8: pbx.hq.push: 'path' is missing"});
    CHECK(of_push("path = 'hq', token = 't'") ==
          lines{at + "17: pbx.hq.push.path: must begin with '/'"});
    CHECK(of_push("path = '/hq', allow = ['192.0.2']").size() >= 1);
    const lines open = of_push("path = '/hq'");
    REQUIRE(open.size() == 1);
    CHECK_THAT(open[0], Catch::Contains("pbx.hq.push: needs 'allow', or credentials"));
    CHECK(problems_of("[pbx.hq]\nfamily = 'yeastar'\npush = { path = '/', token = 't' }").size() ==
          1);
    const lines twice = problems_of(http +
                                    "[pbx.a]\nfamily = 'yeastar'\npush = { path = '/', token = "
                                    "'t' }\n[pbx.b]\nfamily = 'yeastar'\npush = { path = '/', "
                                    "token = 't' }");
    REQUIRE(twice.size() == 1);
    CHECK_THAT(twice[0], Catch::Contains("two PBXes have the same push.path"));

    const auto loaded =
        load(http + "[pbx.hq]\nfamily = 'yeastar'\npush = { path = '/hq', token = 't' }");
    REQUIRE(loaded.value.http->listen.size() == 2);
    CHECK(loaded.value.http->listen[0].port == 8260);
    CHECK(loaded.value.http->listen[1].host == "::1");
    CHECK(loaded.value.pbxes.at(0).push->access.token.reveal() == "t");
    for (const std::string bad : {"localhost:80", "", "127.0.0.1:99999", "127.0.0.1,"})
        CHECK(problems_of("[http]\nlisten = '" + bad +
                          "'\n[pbx.hq]\nfamily = 'yeastar'\n"
                          "push = { path = '/hq', token = 't' }")
                  .size() >= 1);
}

TEST_CASE("a PBX's API is logged in at, and may take the place of pushing", "[app]") {
    const std::string pbx = "[http]\nlisten = '127.0.0.1:8299'\n[pbx.hq]\nfamily = 'yeastar'\n";
    const std::string push = "push = { path = '/hq', token = 't' }\n";
    const std::string login = "url = 'https://pbx', username = 'u', password = 'p'";
    const auto of_api = [&](const std::string& api) {
        return problems_of(pbx + push + "api = { " + api + " }");
    };
    CHECK(of_api(login + ", report_to = '198.51.100.7/push/hq'") == lines{});
    CHECK(of_api(login + ", generation = 'p-series'") == lines{});
    CHECK_FALSE(of_api("url = 'https://pbx', username = 'u'").empty());
    CHECK_FALSE(of_api(login + ", generation = 'p-series', report_to = 'x'").empty());
    CHECK_FALSE(of_api(login + ", events = 'websocket'").empty());
    CHECK_FALSE(of_api("url = 'ftp://pbx', username = 'u', password = 'p'").empty());
    CHECK_FALSE(of_api("url = 'https://u:p@pbx', username = 'u', password = 'p'").empty());
    CHECK_FALSE(of_api("url = 'http://pbx', username = 'u', password = 'p', tls = {}").empty());
    CHECK_FALSE(problems_of(pbx + push + "recordings = { directory = '/r' }").empty());
    CHECK_FALSE(problems_of(pbx + "api = { " + login + " }").empty());
    CHECK_FALSE(problems_of("[pbx.hq]\nfamily = 'asterisk'\napi = { " + login + " }").empty());

    const auto loaded = load(pbx + push + "api = { " + login +
                             " }\nrecordings = { directory = " + "'/r', path = '{date}/{file}' }");
    REQUIRE(loaded.problems.empty());
    const auto& api = *loaded.value.pbxes.at(0).api;
    CHECK(api.api.url == "https://pbx:8088");
    CHECK(api.api.receiver.port == 8299);
    CHECK(api.api.password.reveal() == "p");
    CHECK(loaded.value.pbxes.at(0).recordings->directory == "/r");

    const auto of_recordings = [&](const std::string& limits) {
        return problems_of(pbx + push + "api = { " + login +
                           " }\nrecordings = { directory = '/r', " + limits + " }");
    };
    CHECK(of_recordings("kept_max = '1GiB'") == lines{});
    CHECK(of_recordings("kept_max = '2MiB', size_max = '2MiB'") == lines{});
    const lines small = of_recordings("kept_max = '2MiB'");
    REQUIRE(small.size() == 1);
    CHECK(small.front().find("kept_max: must be 0 or at least size_max, which is 1GiB") !=
          std::string::npos);

    const auto asked = load("[pbx.hq]\nfamily = 'yeastar'\napi = { " + login +
                            ", generation = 'p-series', events = 'websocket' }");
    REQUIRE(asked.problems.empty());
    CHECK(asked.value.pbxes.at(0).subscription->socket.connection.port == 8088);
}

TEST_CASE("a sink has one target", "[app]") {
    const std::string wrong = "needs exactly one of 'kafka', 'redis', 'file' and 'stdout'";
    CHECK(problems_of(with("[sink.a]")) == lines{"callstream.toml:4:1: sink.a: " + wrong});
    CHECK(problems_of(with("[sink.a]\nstdout = true\nfile = { path = 'x' }")) ==
          lines{"callstream.toml:4:1: sink.a: " + wrong});
    CHECK(problems_of(with("[sink.a]\nkafka = {}\n[sink.b]\nredis = {}\n[sink.c]\nfile = {}")) ==
          lines{"callstream.toml:5:9: sink.a.kafka: 'brokers' is missing",
                "callstream.toml:7:9: sink.b.redis: 'url' is missing",
                "callstream.toml:9:8: sink.c.file: 'path' is missing"});
    CHECK(problems_of(with("[sink.a]\nkafak = { brokers = 'x' }")) ==
          lines{"callstream.toml:4:1: sink.a: " + wrong,
                "callstream.toml:5:1: sink.a.kafak: unknown key; did you mean 'kafka'?"});
    const lines named_web = problems_of(with("[sink.web]\nstdout = true"));
    REQUIRE(named_web.size() == 1);
    CHECK(named_web.front().find("sink.web: needs another name") != std::string::npos);
}

TEST_CASE("a Redis URL says scheme, address and database", "[app]") {
    const auto of_redis = [](const std::string& redis) {
        return problems_of(with("[sink.a]\nredis = { " + redis + " }"));
    };
    const std::string at = "callstream.toml:5:17: sink.a.redis.url: ";
    CHECK(of_redis("url = 'http://cache'") == lines{at + "must begin with redis:// or rediss://"});
    CHECK(of_redis("url = 'redis://cache/zero'") ==
          lines{at + "the path must be the number of a database, such as /0"});
    CHECK(of_redis("url = 'cache:6379'") ==
          lines{at + "must be a URL such as SCHEME://USER:PASSWORD@HOST:PORT/PATH"});
    CHECK(of_redis("url = 'redis://cache', tls = true") ==
          lines{"callstream.toml:5:40: sink.a.redis.tls: needs a URL that begins with rediss://"});
    const auto loaded =
        load(with("[sink.a]\nredis = { url = 'redis://u:w@cache:7000/1', username = 'v' }"));
    const auto& redis = std::get<sinks::redis_settings>(loaded.value.sinks.at(0).target);
    CHECK(redis.username == "v");
    CHECK(redis.password.reveal() == "w");
    CHECK(loaded.value.sinks[0].password_origin == "the URL");
}

TEST_CASE("TLS options that contradict each other are refused", "[app]") {
    const auto of_tls = [](const std::string& tls) {
        return problems_of(
            "[pbx.hq]\nfamily = 'asterisk'\n[pbx.hq.ami]\naddress = 'pbx'\nusername = 'u'\n"
            "secret = 's'\ntls = " +
            tls);
    };
    const std::string at = "callstream.toml:7:";
    CHECK(of_tls("true") == lines{});
    CHECK(of_tls("{ verify = 'pin' }") == lines{at + "7: pbx.hq.ami.tls: 'pin_sha256' is missing"});
    CHECK(of_tls("{ pin_sha256 = '00:11' }") ==
          lines{at + "22: pbx.hq.ami.tls.pin_sha256: must be 64 hexadecimal digits, with or "
                     "without colons"});
    CHECK(of_tls("{ verify = 'full', pin_sha256 = '" + std::string(64, 'a') + "' }") ==
          lines{at + "39: pbx.hq.ami.tls.pin_sha256: has no effect unless verify is \"pin\""});
    CHECK(of_tls("{ key_file = '/dev/null' }") ==
          lines{at + "7: pbx.hq.ami.tls: 'certificate_file' is missing"});
    CHECK(of_tls("{ ca_file = '/nowhere/ca.pem' }") ==
          lines{at + "19: pbx.hq.ami.tls.ca_file: file /nowhere/ca.pem: No such file or "
                     "directory"});
}

TEST_CASE("a journal holds at least two segments", "[app]") {
    CHECK(problems_of(with("[journal]\nmax_bytes = '64MiB'")) ==
          lines{"callstream.toml:5:13: journal.max_bytes: must hold two segments of 64MiB"});
    CHECK(problems_of(with("[journal]\nmax_bytes = '64MiB'\nsegment_bytes = '4MiB'")) == lines{});
}

TEST_CASE("every option is described with a phrase", "[app]") {
    const std::vector<config_option> options = describe_settings();
    CHECK(options.size() > 60);
    for (const config_option& option : options) {
        CAPTURE(option.path);
        CHECK_FALSE(option.about.empty());
        CHECK_FALSE(option.kind.empty());
    }
}
