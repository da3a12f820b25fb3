#include "tests/support/cutting_proxy.h"

#include <algorithm>
#include <array>
#include <limits>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ensure.h"

namespace callstream::test {

namespace {

constexpr std::size_t no_limit = std::numeric_limits<std::size_t>::max();

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

void send_at_once(int socket_descriptor) {
    const int on = 1;
    setsockopt(socket_descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int connect_to(std::uint16_t port) {
    const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        close(made);
        return -1;
    }
    send_at_once(made);
    return made;
}

}  // namespace

cutting_proxy::cutting_proxy(std::uint16_t server_port)
    : server_port_(server_port), room_to_server_(no_limit), room_to_client_(no_limit) {
    listening_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    stop_ = eventfd(0, EFD_CLOEXEC);
    sockaddr_in address = loopback(0);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    ensure(bind(listening_, generic, size) == 0 && listen(listening_, 8) == 0,
           "a test can listen on loopback");
    ensure(getsockname(listening_, generic, &size) == 0, "a bound socket has a name");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
}

cutting_proxy::~cutting_proxy() {
    const std::uint64_t one = 1;
    ensure(write(stop_, &one, sizeof one) == sizeof one, "the proxy can be told to stop");
    thread_.join();
    close(listening_);
    close(stop_);
}

void cutting_proxy::cut_next(bool to_server, std::size_t size) {
    room_to_server_ = to_server ? size : no_limit;
    room_to_client_ = to_server ? no_limit : size;
    has_cut_ = false;
}

void cutting_proxy::serve() {
    for (;;) {
        std::array<pollfd, 2> waiting{{{listening_, POLLIN, 0}, {stop_, POLLIN, 0}}};
        poll(waiting.data(), waiting.size(), -1);
        if (waiting[1].revents != 0) return;
        const int client = accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        send_at_once(client);
        const int server = connect_to(server_port_);
        if (server >= 0) forward(client, server);
        close(client);
        if (server >= 0) close(server);
    }
}

void cutting_proxy::forward(int client, int server) {
    for (;;) {
        std::array<pollfd, 3> waiting{
            {{client, POLLIN, 0}, {server, POLLIN, 0}, {stop_, POLLIN, 0}}};
        poll(waiting.data(), waiting.size(), -1);
        if (waiting[2].revents != 0) return;
        if (waiting[0].revents != 0 && !pass(client, server, true)) return;
        if (waiting[1].revents != 0 && !pass(server, client, false)) return;
    }
}

// False when the connection is over.
bool cutting_proxy::pass(int from, int to, bool to_server) {
    std::atomic<std::size_t>& room = to_server ? room_to_server_ : room_to_client_;
    std::array<char, 4096> bytes;
    const ssize_t received = recv(from, bytes.data(), bytes.size(), 0);
    if (received <= 0) return false;
    const std::size_t size = std::min(static_cast<std::size_t>(received), room.load());
    if (send(to, bytes.data(), size, MSG_NOSIGNAL) != static_cast<ssize_t>(size)) return false;
    if (room == no_limit) return true;
    room -= size;
    if (room > 0) return true;
    has_cut_ = true;
    room = no_limit;
    return false;
}

}  // namespace callstream::test
