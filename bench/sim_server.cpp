#include "bench/sim_server.h"

#include <charconv>
#include <utility>

namespace callstream::sim {

namespace {

constexpr int backlog = 1024;

}  // namespace

struct server::listener {
    uv_tcp_t socket{};
    server* owner = nullptr;
    program_chooser choose;
    bool open = false;
};

server::server(const session_parts& parts) : parts_(parts) {}

server::~server() = default;

result<listen_address> parse_listen_address(std::string_view text) {
    listen_address parsed;
    const auto colon = text.rfind(':');
    const std::string_view port = text.substr(colon == std::string_view::npos ? 0 : colon + 1);
    if (colon != std::string_view::npos) parsed.host = text.substr(0, colon);
    const char* const end = port.data() + port.size();
    const auto read = std::from_chars(port.data(), end, parsed.port);
    if (port.empty() || read.ec != std::errc() || read.ptr != end)
        return failure(errc::bad_config, "--listen wants PORT or ADDRESS:PORT");
    return parsed;
}

result<std::uint16_t> server::listen(const listen_address& address, program_chooser choose) {
    sockaddr_storage bound{};
    auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&bound);
    if (uv_ip4_addr(address.host.c_str(), address.port, ipv4) != 0)
        return failure(errc::bad_config, "the address to listen on is no IPv4 address");

    auto made = std::make_unique<listener>();
    made->owner = this;
    made->choose = std::move(choose);
    made->socket.data = made.get();
    uv_tcp_init(parts_.owner.native(), &made->socket);
    made->open = true;
    listener& added = *made;
    listeners_.push_back(std::move(made));

    const auto accept_one = [](uv_stream_t* stream, int status) noexcept {
        auto& from = *static_cast<listener*>(stream->data);
        if (status == 0) from.owner->accept(from);
    };
    int status = uv_tcp_bind(&added.socket, reinterpret_cast<const sockaddr*>(&bound), 0);
    if (status == 0)
        status = uv_listen(reinterpret_cast<uv_stream_t*>(&added.socket), backlog, accept_one);
    int size = sizeof bound;
    if (status == 0)
        status = uv_tcp_getsockname(&added.socket, reinterpret_cast<sockaddr*>(&bound), &size);
    if (status != 0) return failure(errc::io, "cannot listen on that address", status);
    return ntohs(ipv4->sin_port);
}

void server::accept(listener& from) {
    auto made = std::make_unique<session>(parts_, from.choose(),
                                          [this](session& gone) { sessions_.erase(&gone); });
    session& added = *made;
    sessions_.emplace(&added, std::move(made));
    added.accept(reinterpret_cast<uv_stream_t*>(&from.socket));
}

void server::for_each(const std::function<void(session&)>& call) {
    for (const auto& [key, one] : sessions_)
        call(*one);
}

void server::stop() {
    for (const auto& one : listeners_)
        if (std::exchange(one->open, false))
            uv_close(reinterpret_cast<uv_handle_t*>(&one->socket), nullptr);
    for (const auto& [key, one] : sessions_)
        one->close();
}

}  // namespace callstream::sim
