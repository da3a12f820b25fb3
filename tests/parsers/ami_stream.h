// What the framer and the header index make of a stream, whatever the cuts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "parsers/ami_framer.h"
#include "parsers/ami_kind.h"
#include "parsers/ami_message.h"

namespace callstream::test {

// What was found, with a running hash of every header, so that two streams compare cheaply.
struct stream_digest {
    std::uint64_t hash = 0;
    std::size_t greetings = 0;
    std::size_t messages = 0;
    std::size_t events = 0;  // messages with an Event header in front
    std::size_t empty = 0;
    std::size_t rejected = 0;
    std::size_t torn_size = 0;

    bool operator==(const stream_digest&) const = default;
};

class stream_reader {
public:
    explicit stream_reader(bool greeted = false) {
        if (greeted) framer_.skip_greeting();
    }

    using message_action = std::function<void(const parsers::ami_message&)>;
    message_action on_message = [](const parsers::ami_message&) {};

    // The bytes of one connection as far as they have come; the same start each time.
    void read(std::string_view arrived) {
        for (;;) {
            const std::string_view pending = arrived.substr(done_);
            const auto found = framer_.next(pending);
            const parsers::ami_frame& frame = framer_.frame();
            // Not REQUIRE: it is asked tens of millions of times.
            if (!found || frame.size_wire > pending.size()) FAIL("not a stream of messages");
            done_ += frame.size_wire;
            digest.torn_size = pending.size() - frame.size_wire;
            if (found == parsers::ami_found::nothing) return;
            digest.torn_size = 0;
            take(frame);
        }
    }

    stream_digest digest;

private:
    void add(std::string_view text) {
        digest.hash = digest.hash * 0x9e37'79b9'7f4a'7c15 + std::hash<std::string_view>()(text);
    }

    void take(const parsers::ami_frame& frame) {
        using enum parsers::ami_found;
        if (frame.found == greeting) {
            ++digest.greetings;
            add(frame.bytes);
        }
        if (frame.found == empty) ++digest.empty;
        if (frame.found == rejected) ++digest.rejected;
        if (frame.found != message) return;
        message_.index(frame);
        ++digest.messages;
        digest.events += message_.key_at(0) == parsers::ami_key::event;
        for (const header& each : message_.headers()) {
            add(each.name);
            add(each.value);
        }
        add(message_.output());
        on_message(message_);
    }

    std::size_t done_ = 0;
    parsers::ami_framer framer_;
    parsers::ami_message message_;
};

inline stream_digest digest_of(std::string_view bytes) {
    stream_reader reader;
    reader.read(bytes);
    return reader.digest;
}

}  // namespace callstream::test
