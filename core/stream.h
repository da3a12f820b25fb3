// A client connection over TCP or TLS: resolves, connects, reads, writes, says why it ended.
//
// One attempt for each connect(); who wants another calls again (see backoff.h). TLS verifies the
// peer by default, against the system's or a given CA file, or a SHA-256 pin of its certificate.
//
// Lifetime: the handler and the settings outlive the stream; destroy it only after on_closed or
//           before connect(). Bytes given to write() are copied only where the socket is full
//           or TLS encrypts them, so they need to live for the call alone.
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/loop.h"
#include "core/result.h"
#include "core/tls_settings.h"

namespace callstream {

struct stream_settings {
    std::string host;  // name or address, IPv6 without brackets
    std::uint16_t port = 0;
    std::optional<tls_settings> tls;
    std::chrono::milliseconds connect_timeout{10'000};  // resolving, connecting, handshake together
    std::chrono::seconds keepalive{30};
    std::size_t write_queue_size_max = 64 * 1024 * 1024;
};

class stream_handler {
public:
    virtual void on_open() = 0;
    // Where the next bytes go; never empty. Then how many came.
    virtual std::span<char> on_space() = 0;
    virtual void on_bytes(std::size_t size) = 0;
    // A batch of reads of one turn of the loop is over.
    virtual void on_idle() {}
    // At most half of write_queue_size_max bytes wait again.
    virtual void on_drained() {}
    // The end, once for each connect(); what went wrong in `reason` (disconnected for a plain
    // close by the peer). detail() then has the words of TLS or the resolver.
    virtual void on_closed(const error& reason) = 0;

protected:
    ~stream_handler() = default;
};

class stream {
public:
    stream(loop& owner, const stream_settings& settings, stream_handler& handler);
    ~stream();
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    void connect();
    // Sends all parts in order. errc::full when more than write_queue_size_max would wait.
    result<void> write(std::span<const std::string_view> parts);
    result<void> write(std::string_view bytes) { return write({&bytes, 1}); }
    std::size_t write_queue_size() const noexcept;
    // Nothing is read, nor the peer's end noticed, from pause() to resume().
    void pause() noexcept;
    void resume();
    // Ends the connection; on_closed is called on a later turn.
    void close(const error& reason);
    bool is_open() const noexcept;
    const std::string& detail() const noexcept;  // for logs: peer address, TLS's own words
    std::string peer_address() const;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
