#include <string>

#include <catch2/catch.hpp>

#include "sinks/kafka_configuration.h"

using namespace callstream;
using namespace callstream::sinks;

namespace {

kafka_settings valid() {
    kafka_settings settings;
    settings.name = "wallboards";
    settings.brokers = "127.0.0.1:9092";
    return settings;
}

std::string explanation_of(const kafka_settings& settings) {
    std::string explanation;
    const auto checked = check_kafka_settings(settings, explanation);
    CHECK((checked || checked.error().code == errc::bad_config));
    return checked ? "" : explanation;
}

std::string explanation_of(const std::string& name, const std::string& value) {
    kafka_settings settings = valid();
    settings.properties[name] = value;
    return explanation_of(settings);
}

std::string value_of(const kafka_conf& conf, const char* name) {
    char value[128] = {};
    std::size_t size = sizeof value;
    REQUIRE(rd_kafka_conf_get(conf.get(), name, value, &size) == RD_KAFKA_CONF_OK);
    return value;
}

}  // namespace

TEST_CASE("the producer is idempotent, patient, and reports every delivery", "[kafka]") {
    kafka_settings settings = valid();
    settings.in_flight_max = 1234;
    std::string explanation;
    const auto conf = make_kafka_conf(settings, explanation);
    REQUIRE(conf);
    CHECK(value_of(*conf, "enable.idempotence") == "true");
    CHECK(value_of(*conf, "enable.gapless.guarantee") == "true");
    CHECK(value_of(*conf, "acks") == "-1");
    CHECK(value_of(*conf, "message.timeout.ms") == "0");
    CHECK(value_of(*conf, "client.id") == "callstream-wallboards");
    CHECK(value_of(*conf, "queue.buffering.max.messages") == "1234");
    CHECK(batch_size_of(**conf) == 1'000'000);
}

TEST_CASE("the operator's properties come after the defaults", "[kafka]") {
    kafka_settings settings = valid();
    settings.properties = {{"linger.ms", "50"}, {"batch.size", "4096"}, {"acks", "all"}};
    std::string explanation;
    const auto conf = make_kafka_conf(settings, explanation);
    REQUIRE(conf);
    CHECK(value_of(*conf, "queue.buffering.max.ms") == "50");
    CHECK(batch_size_of(**conf) == 4096);
    CHECK(explanation_of(settings).empty());
}

TEST_CASE("a property that librdkafka does not know is refused in its words", "[kafka]") {
    CHECK(explanation_of("linger", "5") ==
          "properties.linger: No such configuration property: \"linger\"");
    CHECK_THAT(explanation_of("linger.ms", "soon"), Catch::Contains("properties.linger.ms: "));
}

TEST_CASE("a property that would break a promise is refused with the reason", "[kafka]") {
    CHECK(explanation_of("acks", "1") ==
          "properties.acks: must be \"all\": an event counts as delivered when every in-sync "
          "replica has it");
    for (const auto& [name, value] : {
             std::pair{"enable.idempotence", "false"},
             {"enable.gapless.guarantee", "false"},
             {"request.required.acks", "0"},
             {"message.timeout.ms", "30000"},
             {"delivery.timeout.ms", "30000"},
             {"delivery.report.only.error", "true"},
             {"partitioner", "random"},
             {"retries", "3"},
             {"transactional.id", "x"},
             {"bootstrap.servers", "elsewhere:9092"},
             {"log.queue", "false"},
         })
        CHECK_THAT(explanation_of(name, value),
                   Catch::StartsWith("properties." + std::string(name) + ": "));
}

TEST_CASE("properties that do not fit together are found without a broker", "[kafka]") {
    CHECK_THAT(explanation_of("max.in.flight.requests.per.connection", "6"),
               Catch::Contains("max.in.flight"));
    kafka_settings settings = valid();
    settings.properties = {{"security.protocol", "ssl"}, {"ssl.ca.location", "/does/not/exist"}};
    CHECK_THAT(explanation_of(settings), Catch::Contains("ssl.ca.location"));
}

TEST_CASE("brokers and topic must be usable names", "[kafka]") {
    CHECK(explanation_of(valid()).empty());
    kafka_settings settings = valid();
    settings.brokers = "";
    CHECK_THAT(explanation_of(settings), Catch::StartsWith("brokers: "));
    for (const char* topic : {"", ".", "..", "calls events", "calls/events"}) {
        settings = valid();
        settings.topic = topic;
        CHECK_THAT(explanation_of(settings), Catch::StartsWith("topic: "));
    }
}
