// Asterisk Manager Interface client: one PBX's socket, kept open for ever.
//
// Connects (TCP or TLS), waits for the banner, logs in (MD5 challenge, or the plain secret over
// TLS) with the event mask inside Login, pings with a deadline, reads without ever pausing, and
// dials again with jittered back-off when the connection ends. Each way of failing has its own
// clear log line. After a login it asks what is so now, and has the state set right.
//
// Publishes source.connected and source.disconnected; after a time in which nothing was seen
// source.gap with its bounds; and source.resynced once the state is right again.
//
// Asterisk answers one login at a time and drops a client that does not read; so each step waits
// for the one before, and nothing ever stops the reading.
//
// Threads: the home loop.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/decoder.h"
#include "core/event.h"
#include "core/loop.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/slab.h"
#include "core/source.h"
#include "core/stream.h"
#include "core/view_repair.h"
#include "sources/ami_actions.h"

namespace callstream::sources {

enum class ami_login : std::uint8_t { automatic, md5, plain };  // automatic: plain only over TLS

struct ami_client_settings {
    std::string pbx;  // the name in the configuration
    stream_settings connection;
    std::string username;
    callstream::secret secret;
    ami_login login = ami_login::automatic;
    std::string event_mask = "system,call,agent,user,cdr,dtmf";  // Login's Events header
    std::chrono::milliseconds login_timeout{10'000};
    std::chrono::milliseconds ping_interval{10'000};
    std::chrono::milliseconds ping_timeout{5'000};
    std::chrono::milliseconds snapshot_timeout{5'000};  // for each list, and each of its rows
    std::chrono::milliseconds backoff_first{500};
    std::chrono::milliseconds backoff_longest{30'000};
    // After a refused login; the least is half of it. fail2ban's usual limit is 5 in 10 minutes.
    std::chrono::milliseconds backoff_refused{300'000};
};

// Fails with bad_config if a value cannot be sent: a line end in it would begin another header.
// A client with such settings says so in the log and never connects.
result<void> check(const ami_client_settings& settings);

struct ami_client_counters {
    std::uint64_t connects = 0;
    std::uint64_t bytes = 0;
};

struct ami_client_status {
    bool connected = false;      // logged in
    std::string_view version{};  // of AMI, as the PBX says it; empty before its greeting
    // Why the last connection, or the attempt at one, ended; empty once logged in.
    std::string_view failure{};
    std::string_view detail{};  // the system's, the PBX's or TLS's own words about that
    std::string_view boot{};    // when the PBX began, in its own words; empty before it told
    std::optional<timestamp> seen_until{};  // when the PBX was last heard, logged in
};

// What a client is wired to; all of it outlives the client.
struct ami_client_parts {
    loop& home;
    slab_pool& slabs;
    decoder& bytes_to_events;
    event_output& output;  // for source.* events
    // After each batch of reads, and after a source.* event: what was published can go on.
    std::function<void()> on_batch{};
    view_repair* repair = nullptr;  // null: no snapshot is asked for
    // What is known from before this client was made.
    std::optional<timestamp> seen_until{};
    std::string boot{};  // as ami_client_status::boot
};

class ami_client final : public source {
public:
    ami_client(const ami_client_settings& settings, const ami_client_parts& parts);
    ~ami_client() override;

    void start() override;
    void stop() override;
    // While logged in, and nothing otherwise; see ami_actions.h.
    void ask(const ami_request& request, ami_answer_handler handler);
    bool connected() const noexcept override;  // logged in
    bool stopped() const noexcept;             // after stop(): it publishes nothing more
    ami_client_counters counters() const noexcept;
    ami_client_status status() const noexcept;  // valid until the loop's next turn

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::sources
