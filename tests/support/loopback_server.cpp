#include "tests/support/loopback_server.h"

#include <array>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/ensure.h"

namespace callstream::test {

namespace {

constexpr int patience_seconds = 10;

struct bound_socket {
    int descriptor;
    std::uint16_t port;
};

bound_socket bind_loopback(bool v6) {
    const int descriptor = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 address6{};
    address6.sin6_family = AF_INET6;
    address6.sin6_addr = in6addr_loopback;
    sockaddr_in address4{};
    address4.sin_family = AF_INET;
    address4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* address =
        v6 ? reinterpret_cast<sockaddr*>(&address6) : reinterpret_cast<sockaddr*>(&address4);
    socklen_t size = v6 ? sizeof address6 : sizeof address4;
    ensure(descriptor >= 0 && bind(descriptor, address, size) == 0, "loopback can be bound to");
    getsockname(descriptor, address, &size);
    return {descriptor, ntohs(v6 ? address6.sin6_port : address4.sin_port)};
}

SSL_CTX* make_tls(const server_settings& settings) {
    if (settings.certificate_file.empty()) return nullptr;
    SSL_CTX* context = SSL_CTX_new(TLS_server_method());
    const bool loaded =
        SSL_CTX_use_certificate_file(context, settings.certificate_file.c_str(),
                                     SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) == 1;
    ensure(loaded, "the server's certificate can be loaded");
    if (!settings.client_ca_file.empty()) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
        ensure(SSL_CTX_load_verify_file(context, settings.client_ca_file.c_str()) == 1,
               "the clients' CA can be loaded");
    }
    return context;
}

}  // namespace

peer::peer(int descriptor, ssl_ctx_st* tls) : descriptor_(descriptor) {
    const timeval patience{patience_seconds, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (tls == nullptr) return;
    session_ = SSL_new(tls);
    SSL_set_fd(session_, descriptor_);
    handshake_done_ = SSL_accept(session_) == 1;
}

peer::~peer() {
    if (session_ != nullptr && handshake_done_) SSL_shutdown(session_);
    SSL_free(session_);
    if (descriptor_ >= 0) ::close(descriptor_);
}

void peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent =
            session_ != nullptr
                ? SSL_write(session_, bytes.data(), static_cast<int>(bytes.size()))
                : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

bool peer::fill() {
    std::array<char, 16384> block;
    const auto size = session_ != nullptr
                          ? SSL_read(session_, block.data(), static_cast<int>(block.size()))
                          : static_cast<int>(recv(descriptor_, block.data(), block.size(), 0));
    if (size > 0) received_.append(block.data(), static_cast<std::size_t>(size));
    return size > 0;
}

std::string peer::read_until(std::string_view end) {
    while (received_.find(end) == std::string::npos)
        if (!fill()) return std::exchange(received_, {});
    return read_size(received_.find(end) + end.size());
}

std::string peer::read_size(std::size_t size) {
    while (received_.size() < size)
        if (!fill()) return std::exchange(received_, {});
    std::string taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
}

std::string peer::read_to_end() {
    while (fill()) {
    }
    return std::exchange(received_, {});
}

void peer::reset() {
    const linger now{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::close(std::exchange(descriptor_, -1));
}

loopback_server::loopback_server(const server_settings& settings, script run)
    : run_(std::move(run)) {
    const bound_socket bound = bind_loopback(settings.v6);
    descriptor_ = bound.descriptor;
    port_ = bound.port;
    ensure(listen(descriptor_, 1024) == 0, "a bound socket can listen");
    thread_ = std::thread([this, settings] { serve(settings); });
}

loopback_server::~loopback_server() {
    stopping_ = true;
    wait();
}

void loopback_server::wait() {
    if (thread_.joinable()) thread_.join();
}

void loopback_server::serve(const server_settings& settings) {
    SSL_CTX* tls = make_tls(settings);
    while (accepted_count_ < settings.connection_count && !stopping_) {
        pollfd waiting{descriptor_, POLLIN, 0};
        if (poll(&waiting, 1, 10) <= 0) continue;
        const int accepted = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted < 0) continue;
        ++accepted_count_;
        peer client(accepted, tls);
        run_(client);
    }
    ::close(descriptor_);
    SSL_CTX_free(tls);
}

refusing_port::refusing_port() {
    const bound_socket bound = bind_loopback(false);  // and never listens
    descriptor_ = bound.descriptor;
    port_ = bound.port;
}

refusing_port::~refusing_port() {
    ::close(descriptor_);
}

silent_port::silent_port(const std::string& address, std::uint16_t port) {
    sockaddr_in target{};
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &target.sin_addr);
    const auto* name = reinterpret_cast<const sockaddr*>(&target);
    descriptors_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ensure(bind(descriptors_[0], name, sizeof target) == 0, "the silent address is free");
    ensure(listen(descriptors_[0], 0) == 0, "a bound socket can listen");
    for (int i = 0; i < 2; ++i) {
        descriptors_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        connect(descriptors_.back(), name, sizeof target);
    }
}

silent_port::~silent_port() {
    for (const int descriptor : descriptors_)
        ::close(descriptor);
}

}  // namespace callstream::test
