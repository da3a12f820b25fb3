// What a Kafka broker takes from librdkafka alone, and how fast a topic grows.
//
//   bench_kafka produce BROKERS TOPIC COUNT VALUE_SIZE
//       prints records/s, acknowledged by all replicas
//   bench_kafka pace BROKERS TOPIC RATE SECONDS VALUE_SIZE
//       prints ms from the moment at which a record is due to its acknowledgement: p50, p99, p99.9
//       and the longest, of all but the first two seconds
//   bench_kafka watch BROKERS TOPIC GOAL [PATIENCE]
//       prints "seconds records" until GOAL is reached; with PATIENCE also ends when no record came
//       for so many seconds, and without fails after two minutes
//   bench_kafka mock TOPIC PARTITIONS
//       serves the topic by librdkafka's mock cluster, which stores nothing on a disk, until it is
//       ended; prints its ADDRESS:PORT
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
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>
// rdkafka_mock.h needs rdkafka.h before it.
#include <librdkafka/rdkafka_mock.h>
#include <unistd.h>

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t value_spare = 4096;  // where in it a value begins differs
constexpr int timeout_ms = 30'000;
constexpr auto watch_interval = std::chrono::milliseconds(10);
constexpr auto patience_max = std::chrono::seconds(120);

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

struct cluster_closer {
    void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept {
        rd_kafka_mock_cluster_destroy(cluster);
    }
};
using mock_cluster = std::unique_ptr<rd_kafka_mock_cluster_t, cluster_closer>;

struct acknowledgements {
    std::uint64_t good = 0;
    std::uint64_t left_out = 0;  // the first, which were not paced or found a cold broker
    steady::time_point start{};
    double rate = 0;
    std::vector<double> waited_ms{};
};

// Since the record with that number was due.
double waited_ms(const acknowledgements& seen, std::uint64_t number) {
    const std::chrono::duration<double> due(static_cast<double>(number) / seen.rate);
    return std::chrono::duration<double, std::milli>(steady::now() - seen.start - due).count();
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
        give_up("a record was refused", rd_kafka_err2str(message->err));
    auto& seen = *static_cast<acknowledgements*>(opaque);
    ++seen.good;
    const auto number = reinterpret_cast<std::uintptr_t>(message->_private);
    if (seen.rate > 0 && number >= seen.left_out) seen.waited_ms.push_back(waited_ms(seen, number));
}

using options = std::vector<std::pair<const char*, const char*>>;

// `seen` gets what is acknowledged, if there is one.
handle client(const char* brokers, const options& chosen, acknowledgements* seen = nullptr) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    char why[512];
    const auto set = [&](const char* name, const char* value) {
        if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
            give_up(name, why);
    };
    if (brokers != nullptr) set("bootstrap.servers", brokers);
    for (const auto& [name, value] : chosen)
        set(name, value);
    if (seen != nullptr) {
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        rd_kafka_conf_set_opaque(conf, seen);
    }
    rd_kafka_t* made = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (made == nullptr) give_up("no producer", why);
    return handle(made);
}

// A producer with the options that callstream sets.
handle producer(const char* brokers, acknowledgements& seen) {
    return client(brokers,
                  {{"enable.idempotence", "true"},
                   {"compression.type", "lz4"},
                   {"linger.ms", "5"},
                   {"queue.buffering.max.messages", "100000"}},
                  &seen);
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
    const handle sender = producer(brokers, seen);
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

// Sends on a clock of its own, whatever the broker does.
void pace(const char* brokers, const char* topic, std::uint64_t rate, std::uint64_t seconds,
          std::size_t size) {
    acknowledgements seen;
    seen.rate = static_cast<double>(rate);
    seen.left_out = 2 * rate;
    const handle sender = producer(brokers, seen);
    const topic_handle opened(rd_kafka_topic_new(sender.get(), topic, nullptr));
    std::string value = value_of(size + value_spare);
    const std::uint64_t count = rate * (seconds + 2);
    seen.start = steady::now();
    for (std::uint64_t sent = 0; sent < count; rd_kafka_poll(sender.get(), 1)) {
        const auto due = static_cast<std::uint64_t>(seconds_since(seen.start) * seen.rate);
        for (; sent < std::min(due, count); ++sent) {
            const std::string key = "pbx:" + std::to_string(sent / 12);
            if (rd_kafka_produce(opened.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                                 value.data() + sent % value_spare, size, key.data(), key.size(),
                                 reinterpret_cast<void*>(sent)) != 0)
                break;
        }
    }
    rd_kafka_flush(sender.get(), timeout_ms);
    if (seen.good != count) give_up("not all records were acknowledged", topic);
    auto& waited = seen.waited_ms;
    std::sort(waited.begin(), waited.end());
    for (const double share : {0.5, 0.99, 0.999, 1.0}) {
        const auto at = static_cast<std::size_t>(share * static_cast<double>(waited.size() - 1));
        std::printf("%.2f ", waited[at]);
    }
    std::printf("\n");
}

// Nothing while the broker cannot say, as in the first moments of a topic.
std::optional<std::int64_t> record_count(rd_kafka_t* asker, const char* topic, int partitions) {
    std::int64_t sum = 0;
    for (int partition = 0; partition < partitions; ++partition) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        if (rd_kafka_query_watermark_offsets(asker, topic, partition, &low, &high, timeout_ms) !=
            RD_KAFKA_RESP_ERR_NO_ERROR)
            return {};
        sum += high;
    }
    return sum;
}

void watch(const char* brokers, const char* topic, std::int64_t goal,
           std::optional<std::chrono::seconds> patience) {
    const handle asker = client(brokers, {});
    const topic_handle opened(rd_kafka_topic_new(asker.get(), topic, nullptr));
    const rd_kafka_metadata_t* metadata = nullptr;
    const auto asked = rd_kafka_metadata(asker.get(), 0, opened.get(), &metadata, timeout_ms);
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1)
        give_up("no metadata", rd_kafka_err2str(asked));
    const int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(metadata);

    const auto start = steady::now();
    auto moved = start;
    auto quiet_since = start;  // as far as the broker could say
    std::int64_t last = -1;
    for (; last < goal; std::this_thread::sleep_for(watch_interval)) {
        const auto sum = record_count(asker.get(), topic, partitions);
        const auto now = steady::now();
        if (sum && *sum != last) {
            std::printf("%.4f %lld\n", seconds_since(start), static_cast<long long>(*sum));
            std::fflush(stdout);
            last = *sum;
            moved = quiet_since = now;
        } else if (!sum) {
            quiet_since = now;
        } else if (last > 0 && patience && now - quiet_since > *patience) {
            return;
        }
        if (now - moved > patience_max)
            give_up(sum ? "the topic stands still" : "the broker does not say how much it has",
                    topic);
    }
}

void mock(const char* topic, int partitions) {
    const handle host = client(nullptr, {});
    const mock_cluster cluster(rd_kafka_mock_cluster_new(host.get(), 1));
    if (cluster == nullptr) give_up("no mock cluster", topic);
    if (rd_kafka_mock_topic_create(cluster.get(), topic, partitions, 1) !=
        RD_KAFKA_RESP_ERR_NO_ERROR)
        give_up("no topic", topic);
    std::printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster.get()));
    std::fflush(stdout);
    for (;;)
        ::pause();
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
    else if (command == "pace" && count == 7)
        pace(words[2], words[3], number(words[4]), number(words[5]), number(words[6]));
    else if (command == "watch" && (count == 5 || count == 6))
        watch(words[2], words[3], static_cast<std::int64_t>(number(words[4])),
              count == 6 ? std::optional(std::chrono::seconds(number(words[5]))) : std::nullopt);
    else if (command == "mock" && count == 4)
        mock(words[2], static_cast<int>(number(words[3])));
    else
        give_up("usage",
                "produce BROKERS TOPIC COUNT VALUE_SIZE | watch BROKERS TOPIC GOAL [PATIENCE] | "
                "mock TOPIC PARTITIONS | "
                "pace BROKERS TOPIC RATE SECONDS VALUE_SIZE");
}
