// A mock cluster with the topic, a journal to send from, and the judgement at the end.
#pragma once

#include "tests/sinks/mock_kafka.h"
#include "tests/sinks/sink_stage.h"

namespace callstream::sinks::test {

struct kafka_scene {
    static constexpr int partition_count = 4;

    int broker_count;
    mock_kafka kafka;
    journal_feed feed;

    explicit kafka_scene(int brokers, const std::string& journal_path = ":memory:")
        : broker_count(brokers), kafka(brokers), feed(journal_path) {
        kafka.create_topic(topic, partition_count);
    }

    // Impatient, so that a fault is over soon.
    kafka_settings settings() const {
        kafka_settings made = kafka_test_settings(kafka.brokers());
        made.properties["topic.metadata.refresh.fast.interval.ms"] = "20";
        made.properties["retry.backoff.ms"] = "10";
        // A broker refuses a batch whose sequence does not follow. The mock takes it, so here a
        // batch must not be on its way while the one before it may be refused.
        made.properties["max.in.flight.requests.per.connection"] = "1";
        return made;
    }

    void set_all_brokers(bool up) {
        for (int broker = 1; broker <= broker_count; ++broker)
            up ? rd_kafka_mock_broker_set_up(kafka.cluster(), broker)
               : rd_kafka_mock_broker_set_down(kafka.cluster(), broker);
    }

    std::uint64_t end() { return feed.target().published(); }

    delivery_check check() {
        return check_delivery(feed.expected(), kafka.read(topic, partition_count), partition_count);
    }

    void require_delivered(kafka_stage& stage) {
        REQUIRE(stage.run_until_acknowledged(end()));
        stage.stop();
        const delivery_check found = check();
        CAPTURE(found);
        CHECK(found.faultless());
    }
};

}  // namespace callstream::sinks::test
