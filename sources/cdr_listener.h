// Takes the CDRs that a UCM sends over TCP as calls end: one document or many on a connection, from
// one connection or several, and the thousands that it kept while we were away.
//
// TCP has no answer that would tell the UCM that a record is safe. So nothing is read while the
// journal is full: the UCM then waits, and keeps what it has. What was read when callstream dies,
// and is not on disk, is lost to this way in; the CDR API has it.
//
// Lifetime: settings and what the parts refer to outlive it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config_value.h"
#include "core/decoder.h"
#include "core/ip_range.h"
#include "core/loop.h"
#include "core/result.h"

namespace callstream::sources {

struct cdr_listener_settings {
    std::string pbx{};
    host_port listen{};  // a numeric address
    std::vector<ip_range> allow{};
    std::size_t document_size_max = 256 * 1024;
    std::size_t connection_count_max = 32;
    std::chrono::milliseconds idle_timeout{600'000};  // a connection that sends nothing so long
};

struct cdr_listener_parts {
    loop& home;
    std::function<std::unique_ptr<decoder>()> make_decoder;  // for a connection
    std::function<bool()> has_room;                          // in the journal
    std::function<void()> on_batch;                          // after what one read gave
};

struct cdr_listener_counters {
    std::uint64_t connections = 0;
    std::uint64_t refused = 0;    // connections of addresses that may not, or one too many
    std::uint64_t documents = 0;  // read, with the rejected ones
    std::uint64_t rejected = 0;   // documents that hold no CDR, are torn or too large
};

class cdr_listener {
public:
    cdr_listener(const cdr_listener_settings& settings, const cdr_listener_parts& parts);
    ~cdr_listener();
    cdr_listener(const cdr_listener&) = delete;
    cdr_listener& operator=(const cdr_listener&) = delete;

    result<void> start();
    const std::string& detail() const noexcept;  // what start() failed with
    std::uint16_t port() const;
    // Accepts and reads no more.
    void stop();
    bool stopped() const noexcept;

    cdr_listener_counters counters() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
