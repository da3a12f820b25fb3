// Formats XADD commands of the Redis protocol without a copy of what is large.
//
// A batch is a list of parts: pieces of an arena of our own, and slices of the journal's payloads
// where these are large. Small values are copied, because a part of its own costs the kernel more
// than their copy.
//
// Lifetime: parts() are valid until clear() and as long as the records' payloads are.
// Threads:  one at a time. Allocates nothing after its first full batches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/record.h"
#include "sinks/redis_id.h"

namespace callstream::sinks {

// Appends any command, for those that are not sent often.
void append_command(std::string& out, std::initializer_list<std::string_view> words);

class resp_writer {
public:
    // `max_length` 0: the stream is not trimmed.
    resp_writer(std::string_view stream, std::uint64_t max_length);

    // False, with nothing added, when the arena has no room left: send the batch and clear().
    // There is always room for one record.
    bool try_add(const record& added, redis_id id);

    std::span<const std::string_view> parts();
    void clear() noexcept;

private:
    // Values below this size are copied.
    static constexpr std::size_t copied_size_max = 256;

    // A name with what stands around it: a copy of a known size costs a few instructions.
    struct field_head {
        std::array<char, 32> bytes;
        std::size_t size;
    };

    void copy(std::string_view bytes) noexcept;
    void put_size(std::size_t size) noexcept;
    void put_value(std::string_view value, const char* readable_end);
    void put_unescaped(std::string_view value);
    void end_part();

    std::string begin_;  // from the first byte up to the ID's size
    std::array<field_head, attribute_names.size()> heads_;  // each field up to its value's size
    std::unique_ptr<char[]> arena_;
    char* part_;  // where the arena's open part begins
    char* next_;
    char* end_;
    std::vector<std::string_view> parts_;
};

}  // namespace callstream::sinks
