// What a Kafka broker takes from librdkafka alone, and how fast a topic grows.
//
//   bench_kafka produce BROKERS TOPIC COUNT VALUE_SIZE    prints records/s, acknowledged by all
//   replicas bench_kafka watch BROKERS TOPIC GOAL                  prints "seconds records" until
//   GOAL is reached
//
// The first is what librdkafka's own rdkafka_performance does, which Debian does not carry.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t value_spare = 4096;  // where in it a value begins differs
constexpr int timeout_ms = 30'000;
constexpr auto watch_interval = std::chrono::milliseconds(10);
constexpr auto patience = std::chrono::seconds(120);

[[noreturn]] void give_up(const char* what, const char* why) {
    std::fprintf(stderr, "bench_kafka: %s: %s\n", what, why);
    std::exit(1);
}

struct handle_closer {
    void operator()(rd_kafka_t* handle) const noexcept { rd_kafka_destroy(handle); }
};
using handle = std::unique_ptr<rd_kafka_t, handle_closer>;

struct topic_closer {
    void operator()(rd_kafka_topic_t* topic) const noexcept { rd_kafka_topic_destroy(topic); }
};
using topic_handle = std::unique_ptr<rd_kafka_topic_t, topic_closer>;

struct acknowledgements {
    std::uint64_t good = 0;
};

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        give_up("a record was refused", rd_kafka_err2str(message->err));
    ++static_cast<acknowledgements*>(opaque)->good;
}

// A producer with the options that callstream sets.
handle producer(const char* brokers, acknowledgements* seen) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512];
    const auto set = [&](const char* name, const char* value) {
        if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
            give_up(name, why);
    };
    set("bootstrap.servers", brokers);
    set("enable.idempotence", "true");
    set("compression.type", "lz4");
    set("linger.ms", "5");
    set("queue.buffering.max.messages", "100000");
    if (seen != nullptr) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        rd_kafka_conf_set_opaque(conf, seen);
    }
    rd_kafka_t* made = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (made == nullptr) give_up("no producer", why);
    return handle(made);
}

double seconds_since(steady::time_point start) {
    return std::chrono::duration<double>(steady::now() - start).count();
}

// JSON-like: compresses about as events do, without being the same each time.
std::string value_of(std::size_t size) {
    std::string value;
    for (unsigned word = 1; value.size() < size; word = word * 1103515245u + 12345u)
        value += "\"channel_" + std::to_string(word % 1000) + "\":\"PJSIP/trunk\",";
    value.resize(size);
    return value;
}

void produce(const char* brokers, const char* topic, std::uint64_t count, std::size_t size) {
    acknowledgements seen;
    const handle sender = producer(brokers, &seen);
    const topic_handle opened(rd_kafka_topic_new(sender.get(), topic, nullptr));
    std::string value = value_of(size + value_spare);
    const auto start = steady::now();
    for (std::uint64_t sent = 0; sent < count;) {
        const std::string key = "pbx:" + std::to_string(sent / 12);
        char* const at = value.data() + sent % value_spare;
        const bool taken =
            rd_kafka_produce(opened.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, at, size,
                             key.data(), key.size(), nullptr) == 0;
        if (taken) {
            ++sent;
            if (sent % 64 == 0) rd_kafka_poll(sender.get(), 0);
        } else if (rd_kafka_last_error() == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            rd_kafka_poll(sender.get(), 10);
        } else {
            give_up("a record was not taken", rd_kafka_err2str(rd_kafka_last_error()));
        }
    }
    if (rd_kafka_flush(sender.get(), timeout_ms) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        seen.good != count)
        give_up("not all records were acknowledged", topic);
    std::printf("%.0f records/s\n", static_cast<double>(count) / seconds_since(start));
}

void watch(const char* brokers, const char* topic, std::int64_t goal) {
    const handle asker = producer(brokers, nullptr);
    const topic_handle opened(rd_kafka_topic_new(asker.get(), topic, nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto asked = rd_kafka_metadata(asker.get(), 0, opened.get(), &metadata, timeout_ms);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1)
        give_up("no metadata", rd_kafka_err2str(asked));
    const int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);

    const auto start = steady::now();
    auto moved = start;
    std::int64_t last = -1;
    while (last < goal) {
        std::int64_t sum = 0;
        for (int partition = 0; partition < partitions; ++partition) {
            std::int64_t low = 0;
            std::int64_t high = 0;
            const auto got = rd_kafka_query_watermark_offsets(asker.get(), topic, partition, &low,
                                                              &high, timeout_ms);
            if (got != RD_KAFKA_RESP_ERR_NO_ERROR) give_up("no offsets", rd_kafka_err2str(got));
            sum += high;
        }
        if (sum != last) {
            std::printf("%.4f %lld\n", seconds_since(start), static_cast<long long>(sum));
            moved = steady::now();
        } else if (steady::now() - moved > patience) {
            give_up("the topic stands still", topic);
        }
        last = sum;
        std::this_thread::sleep_for(watch_interval);
    }
}

std::uint64_t number(const char* word) {
    std::uint64_t value = 0;
    const char* const end = word + std::strlen(word);
    const auto read = std::from_chars(word, end, value);
    if (read.ec != std::errc() || read.ptr != end) give_up("not a number", word);
    return value;
}

}  // namespace

int main(int count, char** words) {
    const std::string_view command = count > 1 ? words[1] : "";
    if (command == "produce" && count == 6)
        produce(words[2], words[3], number(words[4]), number(words[5]));
    else if (command == "watch" && count == 5)
        watch(words[2], words[3], static_cast<std::int64_t>(number(words[4])));
    else
        give_up("usage", "produce BROKERS TOPIC COUNT VALUE_SIZE | watch BROKERS TOPIC GOAL");
}
