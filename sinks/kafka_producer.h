// One producer handle of librdkafka with its topic and its queue of events.
//
// A handle that had a fatal error is of no more use: it is destroyed and another one made. Bytes
// given to produce() are not copied; librdkafka may read them until it reports their delivery or
// the producer is destroyed.
//
// Threads: the loop's, but partition_count(), flush() and the destructor: they block and belong on
//          another thread, one at a time. The wake-up is notified from librdkafka's threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <librdkafka/rdkafka.h>

#include "core/loop.h"
#include "core/result.h"
#include "sinks/kafka_sink.h"

namespace callstream::sinks {

struct kafka_event_deleter {
    void operator()(rd_kafka_event_t* event) const noexcept { rd_kafka_event_destroy(event); }
};
using kafka_event = std::unique_ptr<rd_kafka_event_t, kafka_event_deleter>;

class kafka_producer {
public:
    // `batch_size` replaces the setting of that name unless it is zero. `on_event` outlives the
    // producer; it is notified when next_event() has something after it had nothing.
    static result<std::unique_ptr<kafka_producer>> make(const kafka_settings& settings,
                                                        std::size_t batch_size, wakeup& on_event,
                                                        std::string& explanation);
    ~kafka_producer();
    kafka_producer(const kafka_producer&) = delete;
    kafka_producer& operator=(const kafka_producer&) = delete;

    // Asks a broker, which makes the topic where it is set to do so. The error's `sys` is
    // librdkafka's code.
    result<std::int32_t> partition_count(std::chrono::milliseconds patience);

    // Each message says its partition, and in `err` whether it was taken.
    void produce(std::span<rd_kafka_message_t> messages) noexcept;

    // Null when there is none for now.
    kafka_event next_event() noexcept;

    // Sends at once what waits for its batch to fill.
    void flush(std::chrono::milliseconds patience) noexcept;

    // Gives up all that is not delivered.
    void purge() noexcept;

    std::size_t batch_size() const noexcept { return batch_size_; }
    std::string fatal_words() const;

private:
    kafka_producer(rd_kafka_t* client, std::size_t batch_size) noexcept
        : client_(client), batch_size_(batch_size) {}

    rd_kafka_t* client_;
    rd_kafka_topic_t* topic_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
    std::size_t batch_size_;
};

}  // namespace callstream::sinks
