// What app sees of a sink. Each runs on a loop and thread of its own; see sink_thread in app.
//
// A sink reads the journal with its own journal_reader, sends records in order, acknowledges what
// the broker acknowledged. It connects and reconnects by itself, for ever, with jittered back-off;
// a broker that is away at start is no error.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace callstream {

// Written by the sink's thread, read by any.
struct sink_counters {
    std::atomic<std::uint64_t> sent{0};          // records handed to the transport, with repeats
    std::atomic<std::uint64_t> acknowledged{0};  // records the broker confirmed
    std::atomic<std::uint64_t> rejected{0};      // records the broker will never take; logged
    std::atomic<std::uint64_t> reconnects{0};
    std::atomic<bool> connected{false};
    std::atomic<bool> ended{false};  // it can never deliver again: nobody reads our stdout
};

class sink {
public:
    virtual ~sink() = default;
    virtual std::string_view name() const noexcept = 0;
    virtual void start() = 0;  // on its loop's thread
    virtual void wake() = 0;   // on its loop's thread: more was published
    // Sends what is published now, then stops; gives up at the deadline.
    virtual void drain(std::chrono::milliseconds deadline) = 0;
    virtual bool drained() const noexcept = 0;
    virtual void stop() = 0;  // closes every handle; the loop then ends
    virtual const sink_counters& counters() const noexcept = 0;
};

}  // namespace callstream
