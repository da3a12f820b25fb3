// librdkafka's mock cluster: brokers in this process that speak the protocol and can be made to
// fail. Its own consumer reads back what they stored.
#pragma once

#include <array>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <librdkafka/rdkafka.h>
// rdkafka_mock.h needs rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>

#include "tests/sinks/kafka_check.h"

namespace callstream::sinks::test {

inline constexpr std::int16_t produce_request = 0;  // Kafka's number of this request
inline constexpr std::int16_t metadata_request = 3;

class mock_kafka {
public:
    explicit mock_kafka(int broker_count) {
        std::array<char, 512> words{};
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), words.data(), words.size());
        REQUIRE(client_ != nullptr);
        cluster_ = rd_kafka_mock_cluster_new(client_, broker_count);
        REQUIRE(cluster_ != nullptr);
    }
    ~mock_kafka() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(client_);
    }
    mock_kafka(const mock_kafka&) = delete;
    mock_kafka& operator=(const mock_kafka&) = delete;

    rd_kafka_mock_cluster_t* cluster() noexcept { return cluster_; }
    std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }

    void create_topic(const std::string& topic, int partition_count) {
        REQUIRE(rd_kafka_mock_topic_create(cluster_, topic.c_str(), partition_count, 1) ==
                RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    // The next Produce requests are answered with these.
    void fail_produce(const std::vector<rd_kafka_resp_err_t>& errors) {
        rd_kafka_mock_push_request_errors_array(cluster_, produce_request, errors.size(),
                                                errors.data());
    }

    // All that `topic` holds, partition after partition as they come, each in order.
    std::vector<stored_record> read(const std::string& topic, int partition_count) const {
        rd_kafka_t* consumer = make_consumer();
        rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(partition_count);
        for (int partition = 0; partition < partition_count; ++partition)
            rd_kafka_topic_partition_list_add(all, topic.c_str(), partition)->offset =
                RD_KAFKA_OFFSET_BEGINNING;
        rd_kafka_assign(consumer, all);
        std::vector<stored_record> stored;
        int open_count = partition_count;
        while (open_count > 0) {
            rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 10'000);
            REQUIRE(message != nullptr);
            if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) --open_count;
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                stored.push_back({message->partition,
                                  message->offset,
                                  {static_cast<const char*>(message->key), message->key_len},
                                  {static_cast<const char*>(message->payload), message->len}});
            rd_kafka_message_destroy(message);
        }
        rd_kafka_topic_partition_list_destroy(all);
        rd_kafka_consumer_close(consumer);
        rd_kafka_destroy(consumer);
        return stored;
    }

private:
    rd_kafka_t* make_consumer() const {
        rd_kafka_conf_t* conf = rd_kafka_conf_new();
        std::array<char, 512> words{};
        const auto set = [&](const char* name, const std::string& value) {
            REQUIRE(rd_kafka_conf_set(conf, name, value.c_str(), words.data(), words.size()) ==
                    RD_KAFKA_CONF_OK);
        };
        set("bootstrap.servers", brokers());
        set("group.id", "reads-back");
        set("enable.partition.eof", "true");
        set("fetch.wait.max.ms", "10");
        rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, words.data(), words.size());
        REQUIRE(consumer != nullptr);
        return consumer;
    }

    rd_kafka_t* client_;
    rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace callstream::sinks::test
