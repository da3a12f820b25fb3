// Turns the settings of a Kafka sink into a configuration of librdkafka.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <librdkafka/rdkafka.h>

#include "core/result.h"
#include "sinks/kafka_sink.h"

namespace callstream::sinks {

struct kafka_conf_deleter {
    void operator()(rd_kafka_conf_t* conf) const noexcept { rd_kafka_conf_destroy(conf); }
};
using kafka_conf = std::unique_ptr<rd_kafka_conf_t, kafka_conf_deleter>;

// Our defaults, then the operator's properties. errc::bad_config: what is wrong, in the words of
// librdkafka where they are its own, is in `explanation`.
result<kafka_conf> make_kafka_conf(const kafka_settings& settings, std::string& explanation);

// The largest batch that `conf` allows, in bytes before compression.
std::size_t batch_size_of(const rd_kafka_conf_t& conf);

}  // namespace callstream::sinks
