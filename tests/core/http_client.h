// A client on a bare socket, in the thread of the loop that serves it: what it sends is what is
// written here, byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ensure.h"
#include "core/loop.h"

namespace callstream::test {

class http_client {
public:
    http_client(loop& home, std::uint16_t port) : home_(home) {
        descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ensure(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
               "the server listens");
    }
    ~http_client() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent =
                ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
            home_.run_ready();
            if (sent < 0 && errno != EAGAIN) return;
        }
    }
    void end() { ::shutdown(descriptor_, SHUT_WR); }
    void close() {
        ::close(descriptor_);
        descriptor_ = -1;
    }

    // Turns the loop until `count` answers have come, the connection ended, or ten seconds went by.
    const std::string& read(std::size_t count) {
        return read_until([&] { return answer_count() >= count; });
    }
    const std::string& read_to_end() {
        return read_until([] { return false; });
    }
    template <class Reached>
    const std::string& read_until(const Reached& reached) {
        bool late = false;
        timer guard(home_, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        while (!late && !ended_ && !reached()) {
            timer soon(home_, [] {});
            soon.start(std::chrono::milliseconds(1));
            home_.run_once();
            take();
        }
        return received;
    }
    bool ended() const { return ended_; }

    std::size_t answer_count() const {
        std::size_t count = 0;
        for (std::size_t at = 0; (at = received.find("HTTP/1.1 ", at)) != std::string::npos; ++at)
            if (received.compare(at, 12, "HTTP/1.1 100") != 0) ++count;
        return count;
    }

    std::string received;

private:
    void take() {
        char room[16384];
        const ssize_t size = ::recv(descriptor_, room, sizeof room, MSG_DONTWAIT);
        if (size > 0) received.append(room, static_cast<std::size_t>(size));
        ended_ = size == 0 || (size < 0 && errno != EAGAIN);
    }

    loop& home_;
    int descriptor_ = -1;
    bool ended_ = false;
};

}  // namespace callstream::test
