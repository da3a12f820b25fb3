// Asterisk Manager Interface client: one PBX's socket, kept open for ever.
//
// Connects (TCP or TLS), waits for the banner, logs in (MD5 challenge, or the plain secret over
// TLS) with the event mask inside Login, pings with a deadline, reads without ever pausing, and
// dials again with jittered back-off when the connection ends. Each way of failing has its own
// clear log line. Publishes source.connected and source.disconnected.
//
// Threads: the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "core/decoder.h"
#include "core/event.h"
#include "core/loop.h"
#include "core/slab.h"
#include "core/source.h"
#include "core/stream.h"

namespace callstream::sources {

enum class ami_login : std::uint8_t { automatic, md5, plain };  // automatic: plain only over TLS

struct ami_client_settings {
    std::string pbx;  // the name in the configuration
    stream_settings connection;
    std::string username;
    std::string secret;
    ami_login login = ami_login::automatic;
    std::string event_mask = "system,call,agent,user,cdr,dtmf";  // Login's Events header
    std::chrono::milliseconds login_timeout{10'000};
    std::chrono::milliseconds ping_interval{10'000};
    std::chrono::milliseconds ping_timeout{5'000};
    std::chrono::milliseconds backoff_first{500};
    std::chrono::milliseconds backoff_longest{30'000};
};

struct ami_client_counters {
    std::uint64_t connects = 0;
    std::uint64_t bytes = 0;
};

// What a client is wired to; all of it outlives the client.
struct ami_client_parts {
    loop& home;
    slab_pool& slabs;
    decoder& bytes_to_events;
    event_output& output;  // for source.* events
};

class ami_client final : public source {
public:
    ami_client(const ami_client_settings& settings, const ami_client_parts& parts);
    ~ami_client() override;

    void start() override;
    void stop() override;
    bool connected() const noexcept override;  // logged in
    ami_client_counters counters() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
