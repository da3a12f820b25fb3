#include "core/stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <netinet/tcp.h>

#include "core/ensure.h"
#include "core/resolver.h"
#include "core/socket_writer.h"
#include "core/tls_session.h"

namespace callstream {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t detail_size_max = 512;
constexpr std::string_view broken_words = "the connection broke";

error connect_error(int status) {
    switch (status) {
        case UV_ECONNREFUSED:
            return {errc::unreachable, "the peer refused the connection", status};
        case UV_ETIMEDOUT:
            return {errc::timeout, "the peer did not answer", status};
        case UV_EMFILE:
        case UV_ENFILE:
            return {errc::unreachable, "no file descriptor is left for a socket", status};
        default:
            return {errc::unreachable, "the peer cannot be reached", status};
    }
}

error read_error(int status) {
    switch (status) {
        case UV_EOF:
            return {errc::disconnected, "the peer closed the connection"};
        case UV_ETIMEDOUT:
            return {errc::disconnected, "the peer vanished", status};
        default:
            return {errc::disconnected, broken_words, status};
    }
}

// Finds a vanished peer in about twice `keepalive`, whether we only listen or wait to be heard.
void watch_peer(const uv_tcp_t& handle, std::chrono::seconds keepalive) {
    uv_os_fd_t descriptor = -1;
    if (uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle), &descriptor) != 0) return;
    const auto set = [descriptor](int level, int name, int value) {
        setsockopt(descriptor, level, name, &value, sizeof value);
    };
    const int idle = static_cast<int>(std::clamp<std::int64_t>(keepalive.count(), 1, 32'767));
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, idle);
    set(IPPROTO_TCP, TCP_KEEPINTVL, std::max(1, idle / 3));
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, idle * 2 * 1000);
}

std::size_t size_of(std::span<const std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts)
        size += part.size();
    return size;
}

}  // namespace

class stream::state {
public:
    state(loop& home, const stream_settings& settings, stream_handler& handler)
        : home_(home),
          settings_(settings),
          handler_(handler),
          resolver_(home, [this](resolver::answer found) { on_resolved(std::move(found)); }),
          patience_(home, [this] { on_out_of_patience(); }),
          batch_(home, [this] { handler_.on_idle(); }),
          writer_([this] { on_sent(); }, [this](int status) { on_send_failed(status); }) {}

    ~state() { ensure(phase_ == phase::idle, "a stream is destroyed after on_closed"); }

    void connect();
    result<void> write(std::span<const std::string_view> parts);
    void close(const error& reason);
    void pause() noexcept;
    void resume();

    std::size_t write_queue_size() const noexcept { return writer_.size_waiting(); }
    bool is_open() const noexcept { return phase_ == phase::open; }
    const std::string& detail() const noexcept { return detail_; }
    std::string peer_address() const {
        return address_next_ == 0 ? std::string() : to_text(addresses_[address_next_ - 1]);
    }

private:
    enum class phase : std::uint8_t { idle, resolving, connecting, handshaking, open, closing };

    static state& of(const uv_handle_t* handle) { return *static_cast<state*>(handle->data); }
    template <class Handle>
    static state& of(const Handle* handle) {
        return of(reinterpret_cast<const uv_handle_t*>(handle));
    }
    uv_stream_t* tcp_stream() noexcept { return reinterpret_cast<uv_stream_t*>(&tcp_); }
    uv_handle_t* tcp_handle() noexcept { return reinterpret_cast<uv_handle_t*>(&tcp_); }

    void open_handle();
    void close_handle();
    void on_handle_closed();
    void on_resolved(resolver::answer found);
    void try_next_address();
    void on_connected(int status);
    void next_or_close(const error& reason);
    void on_out_of_patience();
    milliseconds time_left() const { return std::max(deadline_ - home_.time(), milliseconds(0)); }
    void add_detail(std::string_view words);

    void start_reading();
    std::span<char> space() { return tls_ ? home_.scratch() : handler_.on_space(); }
    void on_read(std::string_view bytes);
    void on_read_failed(int status);
    bool go_on_with_handshake();
    void read_plain();
    void become_open();
    void fail_tls(const error& reason);

    void encrypt(std::span<const std::string_view> parts);
    void send_encrypted();
    bool is_half_full() const noexcept {
        return writer_.size_waiting() > settings_.write_queue_size_max / 2;
    }
    void on_sent();
    void on_send_failed(int status);

    loop& home_;
    const stream_settings& settings_;
    stream_handler& handler_;
    phase phase_ = phase::idle;
    uv_tcp_t tcp_{};
    uv_connect_t connecting_{};
    resolver resolver_;
    timer patience_;
    turn_end batch_;
    std::vector<socket_address> addresses_;
    std::size_t address_next_ = 0;  // the one before it is being tried, or connected to
    milliseconds deadline_{0};
    std::unique_ptr<tls_session> tls_;
    error reason_{errc::disconnected, "closed"};
    std::string detail_;

    socket_writer writer_;
    bool paused_ = false;
    bool crowded_ = false;  // on_drained is due once the queue is half empty
};

void stream::state::connect() {
    ensure(phase_ == phase::idle, "a stream connects once at a time");
    home_.ensure_here();
    uv_update_time(home_.native());
    deadline_ = home_.time() + settings_.connect_timeout;
    addresses_.clear();
    address_next_ = 0;
    detail_.clear();
    crowded_ = paused_ = false;
    phase_ = phase::resolving;
    open_handle();
    if (settings_.tls) {
        tls_ = std::make_unique<tls_session>();
        if (const auto started = tls_->start_client(*settings_.tls, settings_.host); !started) {
            add_detail(tls_->detail());
            return close(started.error());
        }
    }
    patience_.start(settings_.connect_timeout);
    resolver_.start(settings_.host, settings_.port);
}

void stream::state::open_handle() {
    ensure(uv_tcp_init(home_.native(), &tcp_) == 0, "a TCP handle can be made");
    tcp_.data = this;
}

void stream::state::close_handle() {
    if (uv_is_closing(tcp_handle()) != 0) return;
    uv_close(tcp_handle(), [](uv_handle_t* handle) noexcept { of(handle).on_handle_closed(); });
}

// The handle of one attempt is gone: the next one, or the end.
void stream::state::on_handle_closed() {
    if (phase_ != phase::closing) {
        open_handle();
        return try_next_address();
    }
    phase_ = phase::idle;
    tls_.reset();
    writer_.clear();
    const error reason = reason_;
    handler_.on_closed(reason);  // which may connect again, or destroy the stream
}

void stream::state::on_resolved(resolver::answer found) {
    if (phase_ != phase::resolving) return;
    if (!found) {
        add_detail(settings_.host + ": " + uv_strerror(found.error().sys));
        return close(found.error());
    }
    addresses_ = std::move(*found);
    phase_ = phase::connecting;
    try_next_address();
}

// Each address has an equal share of the time left, so that a silent one does not use up all.
void stream::state::try_next_address() {
    const auto count_left = static_cast<std::int64_t>(addresses_.size() - address_next_);
    const socket_address& address = addresses_[address_next_++];
    patience_.start(time_left() / count_left);
    connecting_.data = this;
    const int status = uv_tcp_connect(&connecting_, &tcp_, &address.any,
                                      [](uv_connect_t* request, int outcome) noexcept {
                                          static_cast<state*>(request->data)->on_connected(outcome);
                                      });
    if (status != 0) next_or_close(connect_error(status));
}

void stream::state::next_or_close(const error& reason) {
    add_detail(peer_address() + ": " + uv_strerror(reason.sys));
    if (address_next_ == addresses_.size()) return close(reason);
    patience_.stop();
    close_handle();
}

void stream::state::on_connected(int status) {
    if (phase_ != phase::connecting || status == UV_ECANCELED) return;
    if (status != 0) return next_or_close(connect_error(status));
    uv_tcp_nodelay(&tcp_, 1);
    watch_peer(tcp_, settings_.keepalive);
    patience_.start(time_left());
    detail_ = peer_address();
    writer_.open(*tcp_stream());
    phase_ = phase::handshaking;
    start_reading();
    if (phase_ != phase::handshaking) return;
    if (tls_)
        go_on_with_handshake();
    else
        become_open();
}

void stream::state::on_out_of_patience() {
    switch (phase_) {
        case phase::resolving:
            return close({errc::timeout, "the host name was not resolved in time", UV_ETIMEDOUT});
        case phase::connecting:
            return next_or_close(connect_error(UV_ETIMEDOUT));
        case phase::handshaking:
            return close({errc::timeout, "the peer did not answer the TLS handshake"});
        case phase::idle:
        case phase::open:
        case phase::closing:
            return;
    }
}

// For the log: what is known about a failure, bounded, for a peer has a part in it.
void stream::state::add_detail(std::string_view words) {
    if (detail_.size() + words.size() > detail_size_max || words.empty()) return;
    if (!detail_.empty()) detail_ += "; ";
    detail_ += words;
}

void stream::state::become_open() {
    patience_.stop();
    phase_ = phase::open;
    handler_.on_open();
}

void stream::state::close(const error& reason) {
    if (phase_ == phase::idle || phase_ == phase::closing) return;
    if (tls_ && phase_ == phase::open) {
        tls_->shut_down();
        send_encrypted();
    }
    if (phase_ == phase::closing) return;
    phase_ = phase::closing;
    reason_ = reason;
    patience_.stop();
    resolver_.cancel();
    close_handle();
}

void stream::state::start_reading() {
    const int status = uv_read_start(
        tcp_stream(),
        [](uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
            const std::span<char> room = of(handle).space();
            *buffer = uv_buf_t{room.data(), room.size()};
        },
        [](uv_stream_t* handle, ssize_t size, const uv_buf_t* buffer) noexcept {
            if (size > 0)
                of(handle).on_read({buffer->base, static_cast<std::size_t>(size)});
            else if (size < 0)
                of(handle).on_read_failed(static_cast<int>(size));
        });
    if (status != 0) close(read_error(status));
}

void stream::state::pause() noexcept {
    if (phase_ != phase::open) return;
    paused_ = true;
    uv_read_stop(tcp_stream());
}

void stream::state::resume() {
    if (phase_ == phase::open && std::exchange(paused_, false)) start_reading();
}

void stream::state::on_read_failed(int status) {
    if (phase_ == phase::handshaking)
        return close({errc::tls, "the peer closed the connection during the TLS handshake"});
    if (status != UV_EOF) add_detail(uv_strerror(status));
    close(read_error(status));
}

void stream::state::on_read(std::string_view bytes) {
    batch_.arm();
    if (!tls_) return handler_.on_bytes(bytes.size());
    tls_->feed(bytes);
    if (phase_ == phase::handshaking && !go_on_with_handshake()) return;
    if (phase_ == phase::open) read_plain();
}

// True once the handshake is done and the connection open.
bool stream::state::go_on_with_handshake() {
    const auto done = tls_->handshake();
    send_encrypted();
    if (!done) {
        fail_tls(done.error());
        return false;
    }
    if (*done) become_open();
    return *done;
}

void stream::state::read_plain() {
    while (phase_ == phase::open) {
        const auto size = tls_->read(handler_.on_space());
        send_encrypted();
        if (!size) return fail_tls(size.error());
        if (*size == 0) return;
        handler_.on_bytes(*size);
    }
}

void stream::state::fail_tls(const error& reason) {
    if (reason.code != errc::disconnected) add_detail(tls_->detail());
    close(reason);
}

result<void> stream::state::write(std::span<const std::string_view> parts) {
    if (phase_ != phase::open) return failure(errc::invalid_state, "the stream is not open");
    if (writer_.broken()) return failure(errc::disconnected, broken_words);
    const std::size_t waiting = std::min(writer_.size_waiting(), settings_.write_queue_size_max);
    if (size_of(parts) > settings_.write_queue_size_max - waiting) {
        crowded_ = waiting > 0;
        return failure(errc::full, "the write queue is full");
    }
    if (tls_)
        encrypt(parts);
    else
        writer_.send(parts);
    crowded_ = crowded_ || is_half_full();
    return {};
}

// Small parts share a TLS record: they are collected first.
void stream::state::encrypt(std::span<const std::string_view> parts) {
    const std::span<char> block = home_.scratch();
    std::size_t filled = 0;
    const auto encrypt_block = [&] {
        const auto written = tls_->write({block.data(), filled});
        filled = 0;
        send_encrypted();
        if (!written) fail_tls(written.error());
    };
    for (std::string_view part : parts) {
        while (!part.empty()) {
            const std::size_t size = part.copy(block.data() + filled, block.size() - filled);
            filled += size;
            part.remove_prefix(size);
            if (filled == block.size()) encrypt_block();
        }
    }
    if (filled > 0) encrypt_block();
}

void stream::state::send_encrypted() {
    const std::string_view output = tls_->view_output();
    if (!output.empty()) writer_.send({&output, 1});
    tls_->clear_output();
}

void stream::state::on_sent() {
    if (!crowded_ || is_half_full()) return;
    crowded_ = false;
    handler_.on_drained();
}

// A peer that closes may have said why: what it sent is read first, and reading finds the end.
void stream::state::on_send_failed(int status) {
    if (status != UV_EPIPE && status != UV_ECONNRESET) close(read_error(status));
}

stream::stream(loop& owner, const stream_settings& settings, stream_handler& handler)
    : state_(std::make_unique<state>(owner, settings, handler)) {}

stream::~stream() = default;

void stream::connect() {
    state_->connect();
}

result<void> stream::write(std::span<const std::string_view> parts) {
    return state_->write(parts);
}

std::size_t stream::write_queue_size() const noexcept {
    return state_->write_queue_size();
}

void stream::pause() noexcept {
    state_->pause();
}

void stream::resume() {
    state_->resume();
}

void stream::close(const error& reason) {
    state_->close(reason);
}

bool stream::is_open() const noexcept {
    return state_->is_open();
}

const std::string& stream::detail() const noexcept {
    return state_->detail();
}

std::string stream::peer_address() const {
    return state_->peer_address();
}

}  // namespace callstream
