// A WebSocket (RFC 6455) to one server: text messages in, text messages out, over our own stream,
// so that TLS and its pins are those of every other connection.
//
// The framing is wslay's, the reading of the upgrade's answer Boost.Beast's. Pings are answered.
// A message beyond the limit ends the connection.
//
// Lifetime: settings and handler outlive it; destroy it only after on_closed or before connect().
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/stream.h"

namespace callstream {

struct websocket_settings {
    stream_settings connection{};
    std::string user_agent = "callstream";
    std::size_t message_size_max = 256 * 1024;
    std::chrono::milliseconds upgrade_timeout{10'000};  // of the server's answer
};

class websocket_handler {
public:
    virtual void on_open() = 0;
    // Valid until it returns.
    virtual void on_text(std::string_view message) = 0;
    // All that could be read in this turn of the loop was told.
    virtual void on_batch() {}
    // The end, once for each connect(). `refused` when the server answered the upgrade with
    // another status, which is the reason's number.
    virtual void on_closed(const error& reason) = 0;

protected:
    ~websocket_handler() = default;
};

class websocket_client {
public:
    websocket_client(loop& owner, const websocket_settings& settings, websocket_handler& handler);
    ~websocket_client();
    websocket_client(const websocket_client&) = delete;
    websocket_client& operator=(const websocket_client&) = delete;

    // `target` is path and query, percent-encoded.
    void connect(const std::string& target);
    // Not before on_open(). Fails with full when too much waits.
    result<void> send_text(std::string_view message);
    void close(const error& reason);  // on_closed on a later turn
    bool is_open() const noexcept;    // upgraded

    // For logs: HTTP status, address, TLS's own words.
    const std::string& detail() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
