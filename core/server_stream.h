// A connection that a client opened, over TCP or TLS: the server's side of stream.h.
//
// Lifetime: the handler outlives it; destroy it only after on_closed, which also
//           follows a failed accept().
// Threads:  the loop's.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/loop.h"
#include "core/resolver.h"
#include "core/result.h"

struct ssl_ctx_st;

namespace callstream {

class server_stream_handler {
public:
    // TLS: the handshake is done.
    virtual void on_open() = 0;
    // Where the next bytes go; never empty. Then how many came.
    virtual std::span<char> on_space() = 0;
    virtual void on_bytes(std::size_t size) = 0;
    // The client sends no more, but may still read.
    virtual void on_end() = 0;
    virtual void on_closed(const error& reason) = 0;

protected:
    ~server_stream_handler() = default;
};

class server_stream {
public:
    server_stream(loop& owner, server_stream_handler& handler);
    ~server_stream();
    server_stream(const server_stream&) = delete;
    server_stream& operator=(const server_stream&) = delete;

    // Takes the connection that waits at `listener`. With a context it speaks TLS.
    result<void> accept(uv_stream_t* listener, ssl_ctx_st* context);
    const socket_address& peer() const noexcept;

    void write(std::string_view bytes);
    std::size_t write_queue_size() const noexcept;
    // Whether the client's system has confirmed all that was written; also after the end.
    bool is_acknowledged() const noexcept;
    bool is_open() const noexcept;  // what is written now goes out
    void finish();  // no more is written: the client sees the end once it has read everything
    void pause();
    void resume();
    void close(const error& reason);  // on_closed is called on a later turn
    const std::string& detail() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
