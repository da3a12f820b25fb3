// An HTTP/1.1 server on the loop: listens, reads requests within limits, hands them over, sends
// their answers in the order of the requests. It knows no product.
//
// Keep-alive, pipelining, chunked bodies, Expect: 100-continue, TLS. A request that stays
// incomplete too long is answered 408, an idle connection closed. What is refused for its form is
// answered by the server itself, with the reason and the byte; the connection then ends, for where
// the next request begins is not known.
//
// Lifetime: the handler outlives it. After stop() the loop runs until closed().
// Threads:  the loop's.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config_value.h"
#include "core/http_answer.h"
#include "core/http_head.h"
#include "core/loop.h"
#include "core/resolver.h"
#include "core/result.h"
#include "core/slab.h"
#include "core/tls_server.h"

namespace callstream {

struct http_server_settings {
    std::vector<host_port> listen;         // numeric addresses
    std::vector<host_port> listen_secure;  // HTTPS
    std::optional<tls_server_settings> tls;
    std::size_t connection_count_max = 512;
    std::size_t address_connection_count_max = 128;  // of one client address
    std::chrono::milliseconds head_timeout{10'000};
    std::chrono::milliseconds request_timeout{30'000};  // head and body together
    std::chrono::milliseconds idle_timeout{75'000};
};

// One request until its answer.
struct http_ticket {
    std::uint32_t connection = 0;
    std::uint32_t generation = 0;
    std::uint32_t request = 0;

    bool operator==(const http_ticket&) const = default;
};

// What the handler wants of a request whose head it has seen.
struct http_verdict {
    std::optional<http_answer> refusal{};  // answered at once; the body is not waited for
    std::size_t body_size_max = 0;         // a larger one is answered 413
    std::uint32_t route = 0;               // given back with the body, like the note
    std::array<unsigned char, 32> note{};
};

struct http_request {
    http_ticket ticket;
    std::uint32_t route = 0;
    std::array<unsigned char, 32> note{};
    std::string_view body;  // limits::slab_spare_size readable bytes follow
};

class http_handler {
public:
    virtual http_verdict on_head(const http_head& head, const socket_address& peer) = 0;
    // To be answered by http_server::answer(), now or later.
    virtual void on_request(const http_request& request) = 0;
    // All that could be read in this turn of the loop was handed over.
    virtual void on_batch() = 0;
    // The answer of this ticket goes to the socket next: whatever must be true before it is heard.
    virtual void on_sending(const http_ticket&) {}
    // The ticket's connection ended, and its last answer was never confirmed by the client's
    // system.
    virtual void on_unconfirmed(const http_ticket&) {}
    // The connection of an answer that streams is gone; its ticket means nothing from now on.
    virtual void on_stream_gone(const http_ticket&) {}

protected:
    ~http_handler() = default;
};

struct http_server_counters {
    std::uint64_t connections = 0;
    std::uint64_t connections_refused = 0;  // over a limit
    std::uint64_t requests = 0;             // handed over
    std::uint64_t refused = 0;              // answered by the server itself, for their form
    std::uint64_t bytes = 0;
};

class http_server {
public:
    http_server(loop& owner, slab_pool& slabs, const http_server_settings& settings,
                http_handler& handler);
    ~http_server();
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;

    // Listens on all addresses, or on none and fails; detail() names the address or the file.
    result<void> start();
    const std::string& detail() const noexcept;
    // Of the listeners in the order of the settings, the secure ones last.
    std::vector<std::uint16_t> ports() const;
    // Loads the TLS files again; if they are bad, that is logged and the old ones stay.
    void reload();
    // Accepts and reads no more; a connection ends when what it asked is answered. Called again,
    // it ends them all at once.
    void stop();
    bool closed() const noexcept;

    // False if the client is gone or has ended its side, so that it may not hear the answer.
    bool answer(const http_ticket& ticket, const http_answer& answer);
    // Sends what is answered now, not at the end of the loop's turn.
    void send(const http_ticket& ticket);
    bool is_heard(const http_ticket& ticket) const noexcept;
    // Whether the client's system has confirmed what was answered on this connection. True if it
    // has ended: then on_unconfirmed() told.
    bool is_acknowledged(const http_ticket& ticket) const noexcept;

    // Of an answer with `streams`: more of its body. Whoever streams bounds what is unsent: what
    // the socket does not take is copied. False if the client is gone.
    bool stream(const http_ticket& ticket, std::string_view bytes);
    std::size_t unsent(const http_ticket& ticket) const noexcept;
    void end_stream(const http_ticket& ticket);  // what is unsent still goes out

    const http_server_counters& counters() const noexcept;
    std::size_t connection_count() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
