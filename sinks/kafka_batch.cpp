#include "sinks/kafka_batch.h"

#include "core/json_unescape.h"
#include "sinks/murmur2.h"

namespace callstream::sinks {

static_assert(sizeof(void*) >= sizeof(std::uint64_t), "a ticket travels as a message's opaque");

void kafka_batch::add(const record& source, std::uint64_t ticket, std::int32_t partition_count) {
    const std::string_view key = key_of(source);
    rd_kafka_message_t message{};
    message.partition = partition_of(key, partition_count);
    // librdkafka asks for void* and writes to neither.
    message.payload = const_cast<char*>(source.payload.data());
    message.len = source.payload.size();
    message.key = const_cast<char*>(key.data());
    message.key_len = key.size();
    message._private = reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket));
    messages_.push_back(message);
}

std::string_view kafka_batch::key_of(const record& source) {
    const std::string_view inside = source[attribute::partitionkey];
    if (!source.escaped || inside.find('\\') == std::string_view::npos) return inside;
    std::string& key = keys_[messages_.size()];
    key.resize(inside.size());
    key.resize(unescape_json(inside, key.data()));
    return key;
}

}  // namespace callstream::sinks
