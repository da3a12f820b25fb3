#include "bench/sim_control.h"

#include <array>
#include <utility>

namespace callstream::sim {

namespace {

constexpr std::size_t line_size_max = 4096;

std::array<char, 4096> read_buffer;  // used before the next callback

void give_buffer(uv_handle_t*, std::size_t, uv_buf_t* buffer) noexcept {
    *buffer = uv_buf_init(read_buffer.data(), static_cast<unsigned>(read_buffer.size()));
}

struct answer_write {
    uv_write_t request{};
    std::string text;
};

void send(uv_tcp_t& to, std::string text) {
    auto made = std::make_unique<answer_write>();
    made->text = std::move(text);
    made->request.data = made.get();
    const uv_buf_t buffer =
        uv_buf_init(made->text.data(), static_cast<unsigned>(made->text.size()));
    const int status = uv_write(&made->request, reinterpret_cast<uv_stream_t*>(&to), &buffer, 1,
                                [](uv_write_t* request, int) noexcept {
                                    delete static_cast<answer_write*>(request->data);
                                });
    if (status == 0) static_cast<void>(made.release());  // the callback's now
}

}  // namespace

struct control_port::client {
    uv_tcp_t socket{};
    control_port* owner = nullptr;
    std::string input;

    void close() {
        auto* const handle = reinterpret_cast<uv_handle_t*>(&socket);
        if (uv_is_closing(handle) != 0) return;
        uv_close(handle, [](uv_handle_t* closed) noexcept {
            auto* const self = static_cast<client*>(closed->data);
            self->owner->clients_.erase(self);
        });
    }
};

control_port::control_port(loop& owner, line_handler on_line)
    : owner_(owner), on_line_(std::move(on_line)) {}

control_port::~control_port() = default;

result<std::uint16_t> control_port::listen(std::uint16_t port) {
    sockaddr_in address{};
    uv_ip4_addr("127.0.0.1", port, &address);
    uv_tcp_init(owner_.native(), &listener_);
    listener_.data = this;
    listening_ = true;
    int status = uv_tcp_bind(&listener_, reinterpret_cast<const sockaddr*>(&address), 0);
    if (status == 0)
        status = uv_listen(reinterpret_cast<uv_stream_t*>(&listener_), 16,
                           [](uv_stream_t* stream, int failed) noexcept {
                               if (failed == 0) static_cast<control_port*>(stream->data)->accept();
                           });
    int size = sizeof address;
    if (status == 0)
        status = uv_tcp_getsockname(&listener_, reinterpret_cast<sockaddr*>(&address), &size);
    if (status != 0) return failure(errc::io, "cannot listen on the control port", status);
    return ntohs(address.sin_port);
}

void control_port::accept() {
    auto made = std::make_unique<client>();
    client& added = *made;
    added.owner = this;
    added.socket.data = &added;
    uv_tcp_init(owner_.native(), &added.socket);
    clients_.emplace(&added, std::move(made));
    auto* const stream = reinterpret_cast<uv_stream_t*>(&added.socket);
    if (uv_accept(reinterpret_cast<uv_stream_t*>(&listener_), stream) != 0) return added.close();
    uv_read_start(stream, give_buffer,
                  [](uv_stream_t* from, ssize_t size, const uv_buf_t* buffer) noexcept {
                      auto& self = *static_cast<client*>(from->data);
                      if (size < 0) return self.close();
                      self.owner->read(self, {buffer->base, static_cast<std::size_t>(size)});
                  });
}

void control_port::read(client& from, std::string_view bytes) {
    from.input += bytes;
    for (auto end = from.input.find('\n'); end != std::string::npos; end = from.input.find('\n')) {
        const std::string line = from.input.substr(0, end);
        from.input.erase(0, end + 1);
        send(from.socket, on_line_(line) + "\n");
    }
    if (from.input.size() > line_size_max) from.close();
}

void control_port::stop() {
    if (std::exchange(listening_, false))
        uv_close(reinterpret_cast<uv_handle_t*>(&listener_), nullptr);
    for (const auto& [key, one] : clients_)
        one->close();
}

}  // namespace callstream::sim
