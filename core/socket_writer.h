// Sends over a socket: straight from the caller's memory while the socket takes it, then from a
// copy of the rest, one write request at a time.
//
// Lifetime: open() for each new handle; clear() once that handle's close callback has come.
// Threads:  the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include <uv.h>

namespace callstream {

class socket_writer {
public:
    // on_sent: less waits than before. on_failed: with libuv's code; nothing more can be sent.
    socket_writer(std::function<void()> on_sent, std::function<void(int)> on_failed);
    socket_writer(const socket_writer&) = delete;
    socket_writer& operator=(const socket_writer&) = delete;

    void open(uv_stream_t& socket);
    void clear();

    // Sends all parts in order. The caller bounds what waits.
    void send(std::span<const std::string_view> parts);
    std::size_t size_waiting() const noexcept;
    bool broken() const noexcept { return broken_; }

private:
    std::size_t send_now(std::span<const std::string_view> parts);
    void send_waiting();
    void finish(int status);
    void fail(int status);

    std::function<void()> on_sent_;
    std::function<void(int)> on_failed_;
    uv_stream_t* socket_ = nullptr;
    uv_write_t request_{};
    bool writing_ = false;
    bool broken_ = false;
    std::string sending_;  // what request_ sends
    std::string waiting_;  // what comes behind
};

}  // namespace callstream
