// Against a real Apache Kafka; read back by a consumer that shares no code with librdkafka.
#include <future>

#include <catch2/catch.hpp>

#include "tests/sinks/real_kafka.h"
#include "tests/sinks/sink_stage.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace callstream::sinks::test;

namespace {

constexpr int partition_count = 6;

void check_topic(journal_feed& feed, real_kafka& kafka) {
    const delivery_check found =
        check_delivery(feed.expected(), kafka.read(topic), partition_count);
    CAPTURE(found);
    CHECK(found.faultless());
}

}  // namespace

TEST_CASE("a broker that is killed and comes back has every event, in order for each call",
          "[broker]") {
    constexpr std::size_t event_count = 20'000;
    constexpr std::size_t step = 200;
    real_kafka kafka;
    kafka.create_topic(topic, partition_count);
    journal_feed feed;
    kafka_stage stage(feed, kafka_test_settings(kafka.address()));

    std::size_t published_count = 0;
    const auto publish = [&] {
        if (published_count == event_count) return;
        feed.publish(step);
        published_count += step;
        stage.sink().wake();
    };
    REQUIRE(stage.run_until([&] {
        publish();
        return stage.counters().acknowledged > event_count / 4;
    }));

    std::future<bool> outage =
        std::async(std::launch::async, [&] { return kafka.kill() && kafka.start(); });
    REQUIRE(stage.run_until([&] {
        publish();
        return outage.wait_for(0s) == std::future_status::ready;
    }));
    REQUIRE(outage.get());
    REQUIRE(stage.run_until([&] {
        publish();
        return published_count == event_count;
    }));
    REQUIRE(stage.run_until_acknowledged(feed.target().published()));
    CHECK(stage.counters().rejected == 0);
    stage.stop();
    check_topic(feed, kafka);
}

TEST_CASE("a topic that nobody made is made by the broker", "[broker]") {
    real_kafka kafka;
    journal_feed feed;
    feed.publish(1'000);
    kafka_stage stage(feed, kafka_test_settings(kafka.address()));
    REQUIRE(stage.run_until_acknowledged(feed.target().published()));
    stage.stop();
    CHECK(kafka.read(topic).size() == 1'000);
}
