// Journal records as messages for one call of librdkafka's produce_batch.
//
// Lifetime: a message's value is the record's payload where it lies in the journal, not a copy;
//           its key is copied by librdkafka.
// Threads:  one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "core/record.h"

namespace callstream::sinks {

class kafka_batch {
public:
    explicit kafka_batch(std::size_t count_max) : keys_(count_max) { messages_.reserve(count_max); }

    bool full() const noexcept { return messages_.size() == keys_.size(); }
    std::span<rd_kafka_message_t> messages() noexcept { return messages_; }
    void clear() noexcept { messages_.clear(); }

    // `ticket` comes back with the delivery report.
    void add(const record& source, std::uint64_t ticket, std::int32_t partition_count);

    static std::uint64_t ticket_of(const rd_kafka_message_t& message) noexcept {
        return reinterpret_cast<std::uintptr_t>(message._private);
    }
    static std::size_t size_of(const rd_kafka_message_t& message) noexcept {
        return message.len + message.key_len;
    }

private:
    std::string_view key_of(const record& source);

    std::vector<rd_kafka_message_t> messages_;
    std::vector<std::string> keys_;  // of the message at the same index, where it had escapes
};

}  // namespace callstream::sinks
