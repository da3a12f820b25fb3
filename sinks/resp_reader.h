// Reads replies of the Redis protocol (RESP2) with hiredis's parser, without an allocation for
// each.
//
// A reply is a list of nodes in the order in which they came: an array's node, with its count, goes
// before its elements.
//
// Lifetime: a reply is valid until the next call of next() or feed().
// Threads:  one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/result.h"

namespace callstream::sinks {

enum class resp_kind : std::uint8_t { text, array, integer, nil, status, error };

struct resp_node {
    resp_kind kind = resp_kind::nil;
    std::int64_t integer = 0;  // or an array's count of elements
    std::string_view text;     // of text, status and error
};

using resp_reply = std::span<const resp_node>;

// How many nodes the first element of `nodes` takes with all that is inside it.
std::size_t node_count(resp_reply nodes) noexcept;

class resp_reader {
public:
    // Fails with too_large once an unfinished reply has more than `reply_size_max` bytes.
    explicit resp_reader(std::size_t reply_size_max);
    ~resp_reader();
    resp_reader(const resp_reader&) = delete;
    resp_reader& operator=(const resp_reader&) = delete;

    result<void> feed(std::string_view bytes);
    // The next whole reply, or nothing until more bytes come. A malformed one ends the stream: the
    // boundary of the next is unknown.
    result<std::optional<resp_reply>> next();
    void reset();  // for a new connection

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sinks
