#include "sinks/kafka_configuration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace callstream::sinks {

namespace {

constexpr std::size_t topic_size_max = 249;  // the broker's own bound

// Properties on which our promises rest: setting one to anything else is refused, with the reason.
struct fixed_property {
    std::string_view name;
    std::array<std::string_view, 2> allowed;  // empty: none
    std::string_view reason;
};

constexpr std::string_view reason_brokers = "the sink's `brokers` says this";
constexpr std::string_view reason_acks =
    "an event counts as delivered when every in-sync replica has it";
constexpr std::string_view reason_order =
    "without it a retry may reorder or repeat the events of a call";
constexpr std::string_view reason_patience =
    "the journal keeps what the broker does not take yet, so that nothing expires";
constexpr std::string_view reason_report = "delivery reports move the sink's cursor";
constexpr std::string_view reason_murmur2 =
    "keys are placed by murmur2, as Kafka's Java client does";

constexpr std::array fixed_properties{
    fixed_property{"bootstrap.servers", {}, reason_brokers},
    fixed_property{"metadata.broker.list", {}, reason_brokers},
    fixed_property{"acks", {"all", "-1"}, reason_acks},
    fixed_property{"request.required.acks", {"all", "-1"}, reason_acks},
    fixed_property{"enable.idempotence", {"true"}, reason_order},
    fixed_property{"enable.gapless.guarantee", {"true"}, reason_order},
    fixed_property{"retries", {}, reason_patience},
    fixed_property{"message.send.max.retries", {}, reason_patience},
    fixed_property{"message.timeout.ms", {"0"}, reason_patience},
    fixed_property{"delivery.timeout.ms", {"0"}, reason_patience},
    fixed_property{"delivery.report.only.error", {"false"}, reason_report},
    fixed_property{"partitioner", {"murmur2", "murmur2_random"}, reason_murmur2},
    fixed_property{"transactional.id", {}, "the sink does not use transactions"},
    fixed_property{"log.queue", {"true"}, "the sink writes librdkafka's log lines to its own log"},
};

bool set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value,
         std::string& explanation) {
    std::array<char, 512> words{};
    const auto outcome =
        rd_kafka_conf_set(conf, name.c_str(), value.c_str(), words.data(), words.size());
    if (outcome == RD_KAFKA_CONF_OK) return true;
    explanation = "properties." + name + ": " + words.data();
    return false;
}

std::vector<std::pair<std::string, std::string>> defaults(const kafka_settings& settings) {
    return {
        {"bootstrap.servers", settings.brokers},
        {"client.id", "callstream-" + settings.name},
        {"enable.idempotence", "true"},
        // A batch that fails for good is then fatal to the producer before any batch behind it is
        // sent: it is sent again, in order, by the producer that takes over.
        {"enable.gapless.guarantee", "true"},
        {"acks", "all"},
        {"message.timeout.ms", "0"},
        {"compression.type", "lz4"},
        {"linger.ms", "5"},
        {"batch.size", "1000000"},
        {"batch.num.messages", "10000"},
        {"message.max.bytes", "1048588"},  // what a broker takes when nobody told it otherwise
        {"queue.buffering.max.messages", std::to_string(settings.in_flight_max)},
        {"reconnect.backoff.ms", std::to_string(settings.backoff_first.count())},
        {"reconnect.backoff.max.ms", std::to_string(settings.backoff_longest.count())},
        {"socket.keepalive.enable", "true"},
        {"socket.nagle.disable", "true"},
        {"statistics.interval.ms", "0"},
        {"log.queue", "true"},
    };
}

bool valid_topic(std::string_view topic) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-';
    };
    return !topic.empty() && topic.size() <= topic_size_max && topic != "." && topic != ".." &&
           std::all_of(topic.begin(), topic.end(), plain);
}

bool permitted(const std::string& name, const std::string& value, std::string& explanation) {
    const auto found =
        std::find_if(fixed_properties.begin(), fixed_properties.end(),
                     [&](const fixed_property& fixed) { return fixed.name == name; });
    if (found == fixed_properties.end()) return true;
    const auto& allowed = found->allowed;
    if (!value.empty() && std::find(allowed.begin(), allowed.end(), value) != allowed.end())
        return true;
    explanation = "properties." + name + ": ";
    explanation +=
        allowed[0].empty() ? "cannot be set" : "must be \"" + std::string(allowed[0]) + '"';
    explanation += ": " + std::string(found->reason);
    return false;
}

}  // namespace

result<kafka_conf> make_kafka_conf(const kafka_settings& settings, std::string& explanation) {
    constexpr std::string_view what = "librdkafka does not take these settings";
    if (settings.brokers.empty()) {
        explanation = "brokers: must name at least one";
        return failure(errc::bad_config, what);
    }
    if (!valid_topic(settings.topic)) {
        explanation = "topic: must be 1 to 249 letters, digits, '.', '_' and '-'";
        return failure(errc::bad_config, what);
    }
    kafka_conf conf(rd_kafka_conf_new());
    for (const auto& [name, value] : defaults(settings))
        if (!set(conf.get(), name, value, explanation)) return failure(errc::bad_config, what);
    for (const auto& [name, value] : settings.properties)
        if (!permitted(name, value, explanation) || !set(conf.get(), name, value, explanation))
            return failure(errc::bad_config, what);
    rd_kafka_conf_set_events(conf.get(),
                             RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
    return conf;
}

std::size_t batch_size_of(const rd_kafka_conf_t& conf) {
    std::array<char, 32> text{};
    std::size_t size = text.size();
    std::size_t batch_size = 0;
    if (rd_kafka_conf_get(&conf, "batch.size", text.data(), &size) == RD_KAFKA_CONF_OK)
        std::from_chars(text.data(), text.data() + size, batch_size);
    return batch_size;
}

result<void> check_kafka_settings(const kafka_settings& settings, std::string& explanation) {
    auto conf = make_kafka_conf(settings, explanation);
    if (!conf) return tl::unexpected<error>(conf.error());
    // Some properties are checked against each other, or files opened, only when a client is made.
    // Without brokers it has nobody to connect to.
    std::array<char, 512> words{};
    rd_kafka_conf_set(conf->get(), "bootstrap.servers", nullptr, words.data(), words.size());
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), words.data(), words.size());
    if (client == nullptr) {
        explanation = words.data();
        return failure(errc::bad_config, "librdkafka does not take these settings");
    }
    std::ignore = conf->release();  // the client owns it now
    rd_kafka_destroy(client);
    return {};
}

}  // namespace callstream::sinks
