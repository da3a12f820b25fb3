// Bytes to events: what a source is handed by app to make sense of what it reads.
//
// A decoder frames and parses one connection's bytes, publishes events, and shows the source those
// messages that concern the conversation itself (greeting, replies). It does no I/O and has no
// clock; the caller says when the bytes arrived.
//
// Threads: the source's loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace callstream {

enum class message_kind : std::uint8_t { greeting, reply, list_item, list_end, event };

// Valid until the callback that it is given to returns.
class message_view {
public:
    virtual message_kind kind() const noexcept = 0;
    // A header's value by its name, without regard to case; null (data() is nullptr) if absent.
    // For a greeting, the name "" gives the line.
    virtual std::string_view find(std::string_view name) const noexcept = 0;

protected:
    ~message_view() = default;
};

class message_handler {
public:
    virtual void on_message(const message_view& message) = 0;

protected:
    ~message_handler() = default;
};

struct decoder_counters {
    std::uint64_t messages = 0;
    std::uint64_t rejected = 0;    // malformed or oversize; the stream went on
    std::uint64_t unverified = 0;  // of the messages: events without the marks of a genuine one
    std::uint64_t bytes = 0;
};

class decoder {
public:
    virtual ~decoder() = default;

    // A new connection: what was torn off before is forgotten, the call state is kept.
    virtual void reset(timestamp now) = 0;

    // Decodes what is whole in `pending` and returns how many bytes it is done with; call again
    // with the rest and what came behind it. Fails with wrong_protocol (not such a peer at all)
    // or lost_boundary. limits::slab_spare_size bytes behind `pending` are readable.
    // `handler` is called for greetings, replies and list ends and items; it may be null.
    virtual result<std::size_t> decode(std::string_view pending, timestamp arrived,
                                       message_handler* handler) = 0;

    // The stream ended: what is still torn is counted as rejected. For replay and disconnects.
    virtual void finish(timestamp now) = 0;

    // Time-outs of the state behind it; call about once a second.
    virtual void tick(timestamp now) = 0;

    virtual decoder_counters counters() const noexcept = 0;
};

}  // namespace callstream
