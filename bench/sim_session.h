// One manager client of the simulated PBX: the dialogue as Asterisk 23 speaks it, and the events.
//
// What is written while a write is under way waits and goes out as one. A client that lets more
// than write_queue_size_max bytes wait is dropped in the middle of a message, like Asterisk does.
// A cut ends the connection in the middle of a message on purpose.
//
// Lifetime: the settings and the program outlive it; it calls `gone` once, when it may be
// destroyed. Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>

#include <uv.h>

#include "bench/sim_action.h"
#include "core/loop.h"

namespace callstream::sim {

class session;

// What a PBX has to say to its clients.
class program {
public:
    virtual ~program() = default;
    virtual void on_login(session& client) = 0;
    // The client has asked nothing for `settle`, so its own first questions are answered.
    virtual void on_ready(session& client) = 0;
    virtual void on_drained(session& client) = 0;  // all that was sent has left the process
    virtual void on_gone(session& client) = 0;     // logged in or not
    virtual void stop() noexcept = 0;              // sends nothing more
    // What its lists show.
    virtual shown_pbx shown() const { return {nullptr, nullptr, callstream::now()}; }
};

struct session_settings {
    std::string banner = "Asterisk Call Manager/12.0.0";
    std::string username = "callstream";
    std::string secret = "callstream";
    event_mask readable = every_class;  // the user's `read` in manager.conf
    std::chrono::milliseconds settle{100};
    std::uint64_t write_queue_size_max = 64ull << 20;
    std::uint64_t cut_at = 0;     // ends the first connection after that many bytes; 0: never
    std::uint64_t cut_every = 0;  // ends each after a random number of bytes around that one
};

struct session_counters {
    std::uint64_t logins = 0;
    std::uint64_t refused = 0;
    std::uint64_t cuts = 0;
    std::uint64_t dropped = 0;  // for not reading
    std::uint64_t events = 0;   // handed to clients whose mask let them through
    std::uint64_t bytes = 0;
};

// What the sessions of one process share.
struct session_parts {
    loop& owner;
    const session_settings& settings;
    session_counters& counters;
    std::mt19937& random;
};

class session {
public:
    session(const session_parts& parts, program& played, std::function<void(session&)> gone);
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    bool accept(uv_stream_t* listener);
    bool logged_in() const { return logged_in_; }
    bool wants(event_class kind) const;

    void send(const event_view& event);  // if the client's mask lets it through
    // How many bytes of it were taken: fewer than all only where the connection is cut.
    std::size_t send_raw(std::string_view text, std::uint64_t event_count);
    void flush();
    void close();             // at once
    void cut_inside_event();  // one of the next to be sent
    // Like a peer behind a dead link: reads nothing, says nothing, and does not hang up.
    void fall_silent() { silent_ = true; }
    void close_after_writing();
    bool drained() const { return !writing_ && waiting_.empty(); }

private:
    struct write;
    void read(std::string_view bytes);
    void obey(const action& asked);
    void log_in(const action& asked);
    bool knows_secret(const action& asked) const;
    void answer_and_log(const action& asked);
    void reply(std::string_view text);
    void append(std::string_view text);
    void plan_cut();

    session_parts parts_;
    program& program_;
    std::function<void(session&)> gone_;
    uv_tcp_t socket_{};
    timer settle_;
    std::string input_;
    std::string waiting_;
    std::string held_replies_;  // until the stream is between two messages
    std::string challenge_;
    event_mask mask_ = every_class;
    std::string tail_;             // the end of what was sent, as long as a blank line
    std::uint64_t until_cut_ = 0;  // bytes of events; 0: no cut
    std::chrono::milliseconds logged_in_at_{};
    bool logged_in_ = false;
    bool ready_ = false;
    bool between_messages_ = true;
    bool writing_ = false;
    bool ending_ = false;
    bool closed_ = false;
    bool silent_ = false;
};

}  // namespace callstream::sim
