#include "core/server_stream.h"

#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>

#include "core/ensure.h"
#include "core/socket_writer.h"
#include "core/tls_session.h"

namespace callstream {

namespace {

error read_error(int status) {
    if (status == UV_ETIMEDOUT) return {errc::disconnected, "the client vanished", status};
    return {errc::disconnected, "the connection broke", status};
}

}  // namespace

class server_stream::state {
public:
    state(loop& home, server_stream_handler& handler)
        : home_(home),
          handler_(handler),
          writer_([this] { on_sent(); }, [this](int) { is_lost_ = true; }) {}

    ~state() { ensure(phase_ == phase::idle, "a server's stream is destroyed after on_closed"); }

    result<void> accept(uv_stream_t* listener, ssl_ctx_st* context);
    void write(std::string_view bytes);
    void finish();
    void pause() { uv_read_stop(tcp_stream()); }
    void resume();
    void close(const error& reason);

    std::size_t write_queue_size() const noexcept {
        return phase_ == phase::idle ? 0 : writer_.size_waiting();
    }
    bool is_acknowledged() const noexcept;
    bool is_open() const noexcept { return phase_ == phase::open && !finishing_ && !is_lost_; }
    const socket_address& peer() const noexcept { return peer_; }
    const std::string& detail() const noexcept { return detail_; }

private:
    enum class phase : std::uint8_t { idle, handshaking, open, closing };

    static state& of(const void* data) { return *static_cast<state*>(const_cast<void*>(data)); }
    uv_stream_t* tcp_stream() noexcept { return reinterpret_cast<uv_stream_t*>(&tcp_); }
    uv_handle_t* tcp_handle() noexcept { return reinterpret_cast<uv_handle_t*>(&tcp_); }

    void on_read(ssize_t size, const char* bytes);
    void on_read_end(int status);
    bool go_on_with_handshake();
    void read_plain();
    void send_encrypted();
    void fail_tls(const error& reason);
    void on_sent();
    void shut_down();

    loop& home_;
    server_stream_handler& handler_;
    phase phase_ = phase::idle;
    uv_tcp_t tcp_{};
    uv_shutdown_t shutdown_{};
    std::unique_ptr<tls_session> tls_;
    socket_address peer_{};
    socket_writer writer_;
    bool finishing_ = false;
    bool shut_down_ = false;
    bool was_acknowledged_ = true;  // at the end
    bool is_lost_ = false;          // something that was to be written
    int end_size_ = 0;              // of TLS's good-bye; TCP's counts as one byte
    error reason_{errc::disconnected, "closed"};
    std::string detail_;
};

result<void> server_stream::state::accept(uv_stream_t* listener, ssl_ctx_st* context) {
    ensure(uv_tcp_init(home_.native(), &tcp_) == 0, "a TCP handle can be made");
    tcp_.data = this;
    phase_ = context != nullptr ? phase::handshaking : phase::open;
    int status = uv_accept(listener, tcp_stream());
    int size = sizeof peer_;
    if (status == 0) status = uv_tcp_getpeername(&tcp_, &peer_.any, &size);
    if (status != 0) {
        close({errc::disconnected, "the connection cannot be accepted", status});
        return failure(errc::disconnected, "the connection cannot be accepted", status);
    }
    uv_tcp_nodelay(&tcp_, 1);
    writer_.open(*tcp_stream());
    if (context != nullptr) {
        tls_ = std::make_unique<tls_session>();
        tls_->start_server(context);
    }
    resume();
    if (phase_ == phase::open) handler_.on_open();
    return {};
}

void server_stream::state::resume() {
    if (phase_ == phase::idle || phase_ == phase::closing) return;
    const int status = uv_read_start(
        tcp_stream(),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
            state& self = of(handle->data);
            const std::span<char> room =
                self.tls_ ? self.home_.scratch() : self.handler_.on_space();
            *buffer = uv_buf_t{room.data(), room.size()};
        },
        [](uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) noexcept {
            of(handle->data).on_read(size, buffer->base);
        });
    if (status != 0 && status != UV_EALREADY) close(read_error(status));
}

void server_stream::state::on_read(ssize_t size, const char* bytes) {
    if (size < 0) return on_read_end(static_cast<int>(size));
    if (size == 0) return;
    if (!tls_) return handler_.on_bytes(static_cast<std::size_t>(size));
    tls_->feed({bytes, static_cast<std::size_t>(size)});
    if (phase_ == phase::handshaking && !go_on_with_handshake()) return;
    if (phase_ == phase::open) read_plain();
}

void server_stream::state::on_read_end(int status) {
    if (status != UV_EOF) return close(read_error(status));
    if (phase_ == phase::handshaking)
        return close({errc::tls, "the client closed the connection during the TLS handshake"});
    uv_read_stop(tcp_stream());
    handler_.on_end();
}

bool server_stream::state::go_on_with_handshake() {
    const auto done = tls_->handshake();
    send_encrypted();
    if (!done) {
        fail_tls(done.error());
        return false;
    }
    if (!*done) return false;
    phase_ = phase::open;
    handler_.on_open();
    return true;
}

void server_stream::state::read_plain() {
    while (phase_ == phase::open) {
        const auto size = tls_->read(handler_.on_space());
        send_encrypted();
        if (!size && size.error().code == errc::disconnected) return on_read_end(UV_EOF);
        if (!size) return fail_tls(size.error());
        if (*size == 0) return;
        handler_.on_bytes(*size);
    }
}

void server_stream::state::fail_tls(const error& reason) {
    detail_ = tls_->detail();
    close(reason);
}

void server_stream::state::write(std::string_view bytes) {
    if (!is_open()) {
        is_lost_ = true;
        return;
    }
    if (!tls_) return writer_.send({&bytes, 1});
    const auto written = tls_->write(bytes);
    send_encrypted();
    if (!written) fail_tls(written.error());
}

void server_stream::state::send_encrypted() {
    const std::string_view output = tls_->view_output();
    if (!output.empty()) writer_.send({&output, 1});
    tls_->clear_output();
}

void server_stream::state::finish() {
    if (phase_ != phase::open || finishing_) return;
    if (tls_) {
        tls_->shut_down();
        end_size_ = static_cast<int>(tls_->view_output().size());
        send_encrypted();
    }
    finishing_ = true;
    on_sent();
}

void server_stream::state::on_sent() {
    if (finishing_ && !shut_down_ && writer_.size_waiting() == 0) shut_down();
}

void server_stream::state::shut_down() {
    shut_down_ = true;
    uv_shutdown(&shutdown_, tcp_stream(), [](uv_shutdown_t*, int) noexcept {});
}

bool server_stream::state::is_acknowledged() const noexcept {
    if (is_lost_) return false;
    if (phase_ == phase::idle || phase_ == phase::closing) return was_acknowledged_;
    uv_os_fd_t socket = -1;
    int unconfirmed = 0;
    if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&tcp_), &socket) != 0 ||
        ::ioctl(socket, SIOCOUTQ, &unconfirmed) != 0)
        return true;
    return writer_.size_waiting() == 0 && unconfirmed <= end_size_ + (shut_down_ ? 1 : 0);
}

void server_stream::state::close(const error& reason) {
    if (phase_ == phase::idle || phase_ == phase::closing) return;
    was_acknowledged_ = is_acknowledged();  // before TLS says good-bye
    if (tls_ && phase_ == phase::open && !finishing_) {
        tls_->shut_down();
        send_encrypted();
    }
    phase_ = phase::closing;
    reason_ = reason;
    uv_close(tcp_handle(), [](uv_handle_t* handle) noexcept {
        state& self = of(handle->data);
        self.phase_ = phase::idle;
        self.tls_.reset();
        self.writer_.clear();
        const error why = self.reason_;
        self.handler_.on_closed(why);  // which may destroy the stream
    });
}

server_stream::server_stream(loop& owner, server_stream_handler& handler)
    : state_(std::make_unique<state>(owner, handler)) {}

server_stream::~server_stream() = default;

result<void> server_stream::accept(uv_stream_t* listener, ssl_ctx_st* context) {
    return state_->accept(listener, context);
}

const socket_address& server_stream::peer() const noexcept {
    return state_->peer();
}

void server_stream::write(std::string_view bytes) {
    state_->write(bytes);
}

std::size_t server_stream::write_queue_size() const noexcept {
    return state_->write_queue_size();
}

bool server_stream::is_open() const noexcept {
    return state_->is_open();
}

bool server_stream::is_acknowledged() const noexcept {
    return state_->is_acknowledged();
}

void server_stream::finish() {
    state_->finish();
}

void server_stream::pause() {
    state_->pause();
}

void server_stream::resume() {
    state_->resume();
}

void server_stream::close(const error& reason) {
    state_->close(reason);
}

const std::string& server_stream::detail() const noexcept {
    return state_->detail();
}

}  // namespace callstream
