#include "core/resolver.h"

#include <array>
#include <cstring>
#include <optional>

#include "core/ensure.h"

namespace callstream {

namespace {

constexpr std::size_t address_count_max = 16;

std::optional<socket_address> numeric_address(const std::string& host, std::uint16_t port) {
    socket_address address{};
    if (uv_ip4_addr(host.c_str(), port, &address.v4) == 0) return address;
    if (uv_ip6_addr(host.c_str(), port, &address.v6) == 0) return address;
    return std::nullopt;
}

std::vector<socket_address> addresses_of(const addrinfo* found) {
    std::vector<socket_address> addresses;
    for (; found != nullptr && addresses.size() < address_count_max; found = found->ai_next) {
        if (found->ai_addrlen > sizeof(socket_address)) continue;
        socket_address address{};
        std::memcpy(&address, found->ai_addr, found->ai_addrlen);
        addresses.push_back(address);
    }
    return addresses;
}

}  // namespace

std::string to_text(const socket_address& address) {
    std::array<char, INET6_ADDRSTRLEN> host{};
    uv_ip_name(&address.any, host.data(), host.size());
    const bool is_v6 = address.any.sa_family == AF_INET6;
    const std::uint16_t port = ntohs(is_v6 ? address.v6.sin6_port : address.v4.sin_port);
    const std::string name = host.data();
    return (is_v6 ? "[" + name + "]" : name) + ":" + std::to_string(port);
}

struct resolver::request {
    uv_getaddrinfo_t handle;
    resolver* owner;  // null: nobody wants to know any more

    static void done(uv_getaddrinfo_t* handle, int status, addrinfo* found) noexcept {
        auto* self = static_cast<request*>(handle->data);
        resolver* owner = self->owner;
        delete self;
        answer given = addresses_of(found);
        uv_freeaddrinfo(found);
        if (given->empty())
            given = failure(errc::unreachable, "the host name cannot be resolved", status);
        if (owner == nullptr) return;
        owner->under_way_ = nullptr;
        owner->on_answer_(std::move(given));
    }
};

resolver::resolver(loop& owner, std::function<void(answer)> on_answer)
    : owner_(owner), on_answer_(std::move(on_answer)) {}

resolver::~resolver() {
    cancel();
}

void resolver::start(const std::string& host, std::uint16_t port) {
    ensure(under_way_ == nullptr, "a resolver does one thing at a time");
    if (const auto numeric = numeric_address(host, port)) {
        on_answer_(std::vector{*numeric});
        return;
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    auto started = std::make_unique<request>(request{{}, this});
    started->handle.data = started.get();
    const int status = uv_getaddrinfo(owner_.native(), &started->handle, request::done,
                                      host.c_str(), std::to_string(port).c_str(), &hints);
    if (status == 0)
        under_way_ = started.release();
    else
        on_answer_(failure(errc::unreachable, "the host name cannot be resolved", status));
}

void resolver::cancel() {
    if (under_way_ == nullptr) return;
    under_way_->owner = nullptr;
    uv_cancel(reinterpret_cast<uv_req_t*>(&under_way_->handle));
    under_way_ = nullptr;
}

}  // namespace callstream
