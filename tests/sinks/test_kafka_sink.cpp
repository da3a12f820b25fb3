#include <catch2/catch.hpp>

#include "tests/sinks/kafka_scene.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace callstream::sinks::test;

TEST_CASE("events reach Kafka in order for each call, where the Java client looks for them",
          "[kafka]") {
    kafka_scene all(1);
    all.feed.publish(2'000);
    kafka_stage stage(all.feed, all.settings());
    REQUIRE(stage.run_until_acknowledged(all.end()));
    all.feed.publish(500);
    stage.sink().wake();
    REQUIRE(stage.run_until_acknowledged(all.end()));
    CHECK(stage.counters().connected);
    CHECK(stage.counters().sent == 2'500);
    CHECK(stage.counters().acknowledged == 2'500);
    CHECK(stage.counters().reconnects == 0);
    stage.stop();

    const delivery_check found = all.check();
    CHECK(found.faultless());
    CHECK(found.repeated_count == 0);
}

TEST_CASE("a key stands in Kafka without its JSON escapes", "[kafka]") {
    kafka_scene all(1);
    all.feed.publish_call("a \"quoted\" \\ call");
    kafka_stage stage(all.feed, all.settings());
    REQUIRE(stage.run_until_acknowledged(all.end()));
    stage.stop();
    const auto stored = all.kafka.read(topic, all.partition_count);
    REQUIRE(stored.size() == 1);
    CHECK(stored[0].key == "hq:a \"quoted\" \\ call");
    CHECK(stored[0].partition == partition_of(stored[0].key, all.partition_count));
}

TEST_CASE("a sink goes on where its cursor stands", "[kafka]") {
    const callstream::test::temporary_directory directory;
    kafka_scene all(1, directory.path());
    all.feed.publish(100);
    {
        kafka_stage first(all.feed, all.settings(), "cursor");
        REQUIRE(first.run_until_acknowledged(all.end()));
    }
    all.feed.publish(50);
    kafka_stage second(all.feed, all.settings(), "cursor");
    REQUIRE(second.run_until_acknowledged(all.end()));
    CHECK(second.counters().sent == 50);
    second.stop();
    const delivery_check found = all.check();
    CHECK(found.faultless());
    CHECK(found.repeated_count == 0);
}

TEST_CASE("what librdkafka's queue has no room for is sent later, in order", "[kafka]") {
    kafka_scene all(1);
    all.feed.publish(1'000);
    kafka_settings settings = all.settings();
    settings.properties["queue.buffering.max.messages"] = "10";
    kafka_stage stage(all.feed, settings);
    REQUIRE(stage.run_until_acknowledged(all.end()));
    CHECK(stage.counters().sent == 1'000);
    stage.stop();
    const delivery_check found = all.check();
    CHECK(found.faultless());
    CHECK(found.repeated_count == 0);
}

TEST_CASE("no more than in_flight_max records are unacknowledged", "[kafka]") {
    kafka_scene all(1);
    all.feed.publish(100, 1);  // one call: reports come for a whole window at once
    kafka_settings settings = all.settings();
    settings.in_flight_max = 7;
    rd_kafka_mock_broker_set_rtt(all.kafka.cluster(), 1, 20);
    kafka_stage stage(all.feed, settings);
    REQUIRE(stage.run_until([&] {
        const auto& counters = stage.counters();
        REQUIRE(counters.sent - counters.acknowledged <= 7);
        return counters.acknowledged == 100;
    }));
    stage.stop();
    CHECK(all.check().faultless());
}

TEST_CASE("draining ends when all that was published is acknowledged", "[kafka]") {
    kafka_scene all(1);
    kafka_settings settings = all.settings();
    settings.properties["linger.ms"] = "60000";  // draining does not wait for that
    all.feed.publish(500);
    kafka_stage stage(all.feed, settings);
    CHECK_FALSE(stage.sink().drained());
    stage.sink().drain(30s);
    REQUIRE(stage.run_until([&] { return stage.sink().drained(); }));
    CHECK(stage.counters().acknowledged == 500);

    all.feed.publish(1);
    stage.sink().wake();
    stage.stop();
    CHECK(stage.counters().sent == 500);
}

TEST_CASE("a sink without a broker has drained when there is nothing to send", "[kafka]") {
    kafka_scene all(1);
    rd_kafka_mock_broker_set_down(all.kafka.cluster(), 1);
    kafka_stage stage(all.feed, all.settings());
    SECTION("nothing was published") {
        stage.sink().drain(30s);
        CHECK(stage.sink().drained());
    }
    SECTION("something was: the deadline ends it") {
        all.feed.publish(1);
        stage.sink().drain(20ms);
        CHECK_FALSE(stage.sink().drained());
        CHECK(stage.run_until([&] { return stage.sink().drained(); }));
        CHECK(stage.counters().acknowledged == 0);
    }
}

TEST_CASE("a sink can be stopped at any moment", "[kafka]") {
    kafka_scene all(1);
    all.feed.publish(3'000);
    const int turn_count = GENERATE(0, 3, 13);
    const bool broker_up = GENERATE(true, false);
    CAPTURE(turn_count, broker_up);
    if (!broker_up) rd_kafka_mock_broker_set_down(all.kafka.cluster(), 1);
    kafka_stage stage(all.feed, all.settings());
    int turns_left = turn_count;
    REQUIRE(stage.run_until([&] { return turns_left-- == 0; }));
    stage.stop();  // returns when every handle is closed
    CHECK(stage.counters().acknowledged <= stage.counters().sent);
}
