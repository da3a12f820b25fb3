#include "sinks/kafka_producer.h"

#include <array>
#include <tuple>

#include "core/ensure.h"
#include "sinks/kafka_configuration.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t words_size_max = 512;

void on_first_event(rd_kafka_t*, void* target) noexcept {
    static_cast<wakeup*>(target)->notify();
}

struct metadata_deleter {
    void operator()(const rd_kafka_metadata_t* found) const noexcept {
        rd_kafka_metadata_destroy(found);
    }
};

errc code_of(rd_kafka_resp_err_t error) noexcept {
    switch (error) {
        case RD_KAFKA_RESP_ERR__TIMED_OUT:
            return errc::timeout;
        case RD_KAFKA_RESP_ERR__TRANSPORT:
        case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        case RD_KAFKA_RESP_ERR__RESOLVE:
            return errc::unreachable;
        default:
            return errc::refused;
    }
}

tl::unexpected<error> unusable(rd_kafka_resp_err_t why) {
    return failure(code_of(why), "the topic cannot be looked up", why);
}

}  // namespace

result<std::unique_ptr<kafka_producer>> kafka_producer::make(const kafka_settings& settings,
                                                             std::size_t batch_size,
                                                             wakeup& on_event,
                                                             std::string& explanation) {
    auto conf = make_kafka_conf(settings, explanation);
    if (!conf) return tl::unexpected<error>(conf.error());
    std::array<char, words_size_max> words{};
    if (batch_size != 0)
        rd_kafka_conf_set(conf->get(), "batch.size", std::to_string(batch_size).c_str(),
                          words.data(), words.size());
    const std::size_t batch_size_set = batch_size_of(**conf);
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf->get(), words.data(), words.size());
    if (client == nullptr) {
        explanation = words.data();
        return failure(errc::bad_config, "librdkafka does not take these settings");
    }
    std::ignore = conf->release();  // the client owns it now

    std::unique_ptr<kafka_producer> made(new kafka_producer(client, batch_size_set));
    made->topic_ = rd_kafka_topic_new(client, settings.topic.c_str(), nullptr);
    ensure(made->topic_ != nullptr, "a checked topic name is taken");
    made->queue_ = rd_kafka_queue_get_main(client);
    rd_kafka_set_log_queue(client, nullptr);  // log lines come as events of the main queue
    rd_kafka_queue_cb_event_enable(made->queue_, on_first_event, &on_event);
    on_event.notify();  // for what was queued before
    return made;
}

kafka_producer::~kafka_producer() {
    rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
    rd_kafka_queue_destroy(queue_);
    rd_kafka_topic_destroy(topic_);
    rd_kafka_destroy(client_);
}

result<std::int32_t> kafka_producer::partition_count(std::chrono::milliseconds patience) {
    const rd_kafka_metadata_t* answer = nullptr;
    const auto asked =
        rd_kafka_metadata(client_, 0, topic_, &answer, static_cast<int>(patience.count()));
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) return unusable(asked);
    const std::unique_ptr<const rd_kafka_metadata_t, metadata_deleter> found(answer);
    if (found->topic_cnt != 1) return unusable(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    const rd_kafka_metadata_topic& topic = found->topics[0];
    if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR) return unusable(topic.err);
    if (topic.partition_cnt <= 0) return unusable(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
    return topic.partition_cnt;
}

void kafka_producer::produce(std::span<rd_kafka_message_t> messages) noexcept {
    rd_kafka_produce_batch(topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_PARTITION, messages.data(),
                           static_cast<int>(messages.size()));
}

kafka_event kafka_producer::next_event() noexcept {
    return kafka_event(rd_kafka_queue_poll(queue_, 0));
}

void kafka_producer::flush(std::chrono::milliseconds patience) noexcept {
    rd_kafka_flush(client_, static_cast<int>(patience.count()));
}

void kafka_producer::purge() noexcept {
    rd_kafka_purge(client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                RD_KAFKA_PURGE_F_NON_BLOCKING);
}

std::string kafka_producer::fatal_words() const {
    std::array<char, words_size_max> words{};
    rd_kafka_fatal_error(client_, words.data(), words.size());
    return words.data();
}

}  // namespace callstream::sinks
