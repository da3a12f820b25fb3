#include "app/describe_settings.h"

#include <utility>
#include <variant>

#include "app/poll_options.h"
#include "core/config_value.h"

namespace callstream::app {

namespace {

std::string address_of(const stream_settings& connection) {
    return format_host_port({connection.host, connection.port});
}

std::string describe(const std::optional<tls_settings>& tls) {
    if (!tls) return ", no TLS";
    std::string out = ", TLS";
    if (tls->verify == tls_verify::none) return out + " without any verification";
    if (tls->verify == tls_verify::pin) return out + " to a pinned certificate";
    out += tls->ca_file.empty() ? " verified by the system's authorities"
                                : " verified by " + tls->ca_file;
    return tls->certificate_file.empty() ? out : out + ", our certificate " + tls->certificate_file;
}

std::string describe(const journal_settings& journal) {
    std::string out = journal.path + ", at most " + format_size(journal.max_bytes) +
                      " in segments of " + format_size(journal.segment_bytes);
    switch (journal.fsync) {
        case fsync_mode::batch:
            out += ", fsync after each batch";
            break;
        case fsync_mode::interval:
            out += ", fsync every " + format_duration(journal.fsync_interval);
            break;
        case fsync_mode::never:
            out += ", no fsync";
            break;
    }
    if (journal.retention.count() > 0) out += ", kept for " + format_duration(journal.retention);
    return out;
}

std::string describe(const sources::push_settings& push) {
    const http_access_settings& access = push.access;
    std::string out = "\n    push to " + push.path;
    if (!access.allow.empty())
        out += ", from " + std::to_string(access.allow.size()) + " address ranges";
    if (!access.password.empty()) out += ", Basic as " + access.username;
    if (!access.token.empty()) out += ", with a token";
    if (!access.signing_key.empty()) out += ", signed";
    return out;
}

std::string describe_api(const pbx_settings& pbx) {
    const sources::yeastar_session_settings& session = *pbx.api;
    std::string out = "\n    API " + session.api.url + ", user " + session.api.username;
    if (!session.api.password.empty()) out += ", password (from " + pbx.api_password_origin + ")";
    if (pbx.subscription) out += ", events over its WebSocket";
    return out;
}

std::string describe(const sources::recording_queue_settings& recordings) {
    std::string out = "\n    recordings to " + recordings.directory;
    if (recordings.limits.kept_max > 0)
        out += ", at most " + format_size(recordings.limits.kept_max);
    if (recordings.bucket)
        out += ", and on to " + sources::address_in(*recordings.bucket, "") + " at " +
               recordings.bucket->endpoint;
    return out;
}

std::string describe(std::string_view name, const http_server_settings& http) {
    std::string out(name);
    for (const host_port& address : http.listen)
        out += ' ' + format_host_port(address);
    for (const host_port& address : http.listen_secure)
        out += ' ' + format_host_port(address) + " (TLS)";
    return out + '\n';
}

std::string describe(const sinks::web_settings& web) {
    std::string out = describe("web", web.http);
    out.pop_back();
    out += web.tokens.empty() ? ", no token needed" : ", with a token";
    if (!web.allow.empty()) out += ", from " + std::to_string(web.allow.size()) + " address ranges";
    return out + '\n';
}

std::string describe(const filter_settings& filter) {
    return empty(filter) ? "" : "\n    filtered: not every event";
}

std::string describe(const sinks::number_settings& numbers, const std::string& key_origin) {
    if (!changes_numbers(numbers)) return "";
    std::string out = "\n    numbers";
    if (numbers.e164) out += " in E.164 where that is certain";
    if (numbers.form == sinks::number_form::masked) out += " masked";
    if (numbers.form == sinks::number_form::hashed) out += " hashed, key (from " + key_origin + ")";
    return out;
}

std::string describe(const pbx_settings& pbx) {
    std::string out = pbx.translator.family + ", time zone " + pbx.timezone;
    if (pbx.charset != parsers::charset::guessed)
        out += ", charset " +
               std::string(parsers::charset_names[static_cast<std::size_t>(pbx.charset)]);
    out += describe(pbx.filter);
    if (pbx.push) out += describe(*pbx.push);
    if (pbx.api) out += describe_api(pbx);
    if (pbx.poll) out += describe(*pbx.poll);
    if (pbx.cdr_output) out += "\n    CDRs over TCP at " + format_host_port(pbx.cdr_output->listen);
    if (pbx.recordings) out += describe(*pbx.recordings);
    if (!pbx.ami) return out;
    const sources::ami_client_settings& ami = *pbx.ami;
    out += "\n    AMI " + address_of(ami.connection) + describe(ami.connection.tls);
    out += "\n    user " + ami.username;
    if (!ami.secret.empty()) out += ", secret (from " + pbx.secret_origin + ")";
    return out + ", events " + ami.event_mask;
}

struct target_text {
    const std::string& password_origin;

    std::string operator()(const sinks::kafka_settings& kafka) const {
        std::string out = "Kafka " + kafka.brokers + ", topic " + kafka.topic;
        for (const auto& [name, value] : kafka.properties)
            out += "\n    librdkafka " + name;
        return out;
    }

    std::string operator()(const sinks::redis_settings& redis) const {
        std::string out = "Redis " + address_of(redis.connection) + ", database " +
                          std::to_string(redis.database) + ", stream " + redis.stream +
                          describe(redis.connection.tls);
        if (redis.max_length > 0)
            out += ", about " + std::to_string(redis.max_length) + " entries kept";
        if (!redis.username.empty()) out += "\n    user " + redis.username;
        if (!redis.password.empty()) out += "\n    password (from " + password_origin + ")";
        return out;
    }

    std::string operator()(const sinks::file_settings& file) const {
        std::string out = file.path == "-" ? "standard output" : "file " + file.path;
        if (file.format == sinks::file_format::ndjson) out += ", NDJSON";
        if (file.format == sinks::file_format::readable) out += ", readable lines";
        if (file.rotate_size > 0) out += ", rotated at " + format_size(file.rotate_size);
        if (file.rotate_every.count() > 0)
            out += ", rotated every " + format_duration(file.rotate_every);
        if (file.keep_count > 0) out += ", " + std::to_string(file.keep_count) + " kept";
        return out;
    }
};

}  // namespace

std::string describe(const settings& configured) {
    std::string out = "journal " + describe(configured.journal) + '\n';
    for (const pbx_settings& pbx : configured.pbxes)
        out += "pbx " + pbx.name + ": " + describe(pbx) + '\n';
    if (configured.http) out += describe("http", *configured.http);
    if (configured.web) out += describe(*configured.web);
    for (const sink_settings& sink : configured.sinks) {
        out +=
            "sink " + sink.name + ": " + std::visit(target_text{sink.password_origin}, sink.target);
        out += describe(sink.filter);
        out += describe(sink.numbers, sink.key_origin);
        out += sink.begin == start_at::newest ? ", from the newest event on\n" : "\n";
    }
    if (configured.sinks.empty()) out += "no sink: events are kept in the journal only\n";
    return out;
}

}  // namespace callstream::app
