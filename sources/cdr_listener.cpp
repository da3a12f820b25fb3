#include "sources/cdr_listener.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <uv.h>

#include "core/ensure.h"
#include "core/log.h"
#include "core/server_stream.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr int backlog = 64;
constexpr std::size_t read_size = 64 * 1024;
constexpr milliseconds watch_interval{1'000};

}  // namespace

class cdr_listener::state {
public:
    state(const cdr_listener_settings& settings, const cdr_listener_parts& parts)
        : settings_(settings), parts_(parts), watch_(parts.home, [this] { on_watch(); }) {}
    ~state() { ensure(stopped(), "a CDR listener is destroyed after it stopped"); }

    result<void> start();
    void stop();
    bool stopped() const noexcept { return handle_ == nullptr && connections_.empty(); }
    std::uint16_t port() const;
    const std::string& detail() const noexcept { return detail_; }
    cdr_listener_counters counters() const noexcept { return counters_; }

private:
    class connection;

    void on_connection(int status);
    bool is_allowed(const socket_address& peer) const noexcept;
    void on_watch();
    bool has_room();
    void on_gone(connection& gone);
    void count(const decoder_counters& before, const decoder_counters& after);

    const cdr_listener_settings& settings_;
    const cdr_listener_parts parts_;
    uv_tcp_t* handle_ = nullptr;  // freed by the close callback, after us if need be
    bool is_full_ = false;
    std::vector<std::unique_ptr<connection>> connections_;
    timer watch_;
    std::string detail_;
    cdr_listener_counters counters_;
};

class cdr_listener::state::connection final : server_stream_handler {
public:
    explicit connection(state& owner)
        : owner_(owner),
          stream_(owner.parts_.home, *this),
          decoder_(owner.parts_.make_decoder()),
          heard_(owner.parts_.home.time()) {}

    result<void> accept(uv_stream_t* listener) { return stream_.accept(listener, nullptr); }
    const socket_address& peer() const noexcept { return stream_.peer(); }
    void close(std::string_view why) { stream_.close({errc::disconnected, why}); }
    void pause() { stream_.pause(); }
    void resume();
    milliseconds heard() const noexcept { return heard_; }

private:
    void on_open() override {}
    std::span<char> on_space() override {
        if (buffer_.size() < size_ + read_size) buffer_.resize(size_ + read_size);
        return std::span(buffer_).subspan(size_, read_size);
    }
    void on_bytes(std::size_t size) override;
    void on_end() override { stream_.close({errc::disconnected, "the PBX ended it"}); }
    void on_closed(const error& reason) override;
    bool decode();
    void refuse(std::string_view why);

    state& owner_;
    server_stream stream_;
    std::unique_ptr<decoder> decoder_;
    std::vector<char> buffer_;
    std::size_t size_ = 0;
    milliseconds heard_;
};

void cdr_listener::state::connection::on_bytes(std::size_t size) {
    size_ += size;
    heard_ = owner_.parts_.home.time();
    if (!decode()) stream_.pause();
}

void cdr_listener::state::connection::resume() {
    heard_ = owner_.parts_.home.time();
    if (decode()) stream_.resume();
}

// False: there is no room for more, and what is here waits.
bool cdr_listener::state::connection::decode() {
    const decoder_counters before = decoder_->counters();
    const auto done = decoder_->decode({buffer_.data(), size_}, now(), nullptr);
    owner_.count(before, decoder_->counters());
    owner_.parts_.on_batch();
    if (!done) {
        refuse(done.error().what);
        return true;
    }
    size_ -= *done;
    std::memmove(buffer_.data(), buffer_.data() + *done, size_);
    if (!owner_.has_room()) return false;
    if (size_ > owner_.settings_.document_size_max) refuse("a record is too large");
    return true;
}

// Where the next record begins is not known: the connection ends.
void cdr_listener::state::connection::refuse(std::string_view why) {
    ++owner_.counters_.documents;
    ++owner_.counters_.rejected;
    size_ = 0;
    log_warn("CDRs over TCP cannot be read",
             {{"pbx", owner_.settings_.pbx}, {"client", address_text(peer())}, {"reason", why}});
    close(why);
}

void cdr_listener::state::connection::on_closed(const error&) {
    if (size_ > 0) {
        ++owner_.counters_.documents;
        ++owner_.counters_.rejected;
        log_warn("a CDR over TCP is torn: the connection ended within it",
                 {{"pbx", owner_.settings_.pbx}, {"bytes", size_}});
    }
    owner_.on_gone(*this);
}

result<void> cdr_listener::state::start() {
    detail_ = format_host_port(settings_.listen);
    handle_ = new uv_tcp_t;
    ensure(uv_tcp_init(parts_.home.native(), handle_) == 0, "a TCP handle can be made");
    handle_->data = this;
    const auto numeric = to_socket_address(settings_.listen.host, settings_.listen.port);
    int status = numeric ? uv_tcp_bind(handle_, &numeric->any, 0) : UV_EINVAL;
    if (status == 0)
        status = uv_listen(reinterpret_cast<uv_stream_t*>(handle_), backlog,
                           [](uv_stream_t* at, int outcome) noexcept {
                               static_cast<state*>(at->data)->on_connection(outcome);
                           });
    if (status == 0) {
        watch_.repeat(watch_interval);
        log_info("waiting for CDRs over TCP", {{"pbx", settings_.pbx}, {"port", port()}});
        return {};
    }
    detail_ += std::string(": ") + uv_strerror(status);
    stop();
    return failure(errc::bad_config, "the CDR listener cannot listen", status);
}

std::uint16_t cdr_listener::state::port() const {
    socket_address bound{};
    int size = sizeof bound;
    uv_tcp_getsockname(handle_, &bound.any, &size);
    return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

void cdr_listener::state::stop() {
    watch_.stop();
    if (handle_ != nullptr)
        uv_close(reinterpret_cast<uv_handle_t*>(std::exchange(handle_, nullptr)),
                 [](uv_handle_t* closed) noexcept { delete reinterpret_cast<uv_tcp_t*>(closed); });
    for (const auto& each : connections_)
        each->close("we stop");
}

bool cdr_listener::state::is_allowed(const socket_address& peer) const noexcept {
    const ip_address address(peer);
    return settings_.allow.empty() ||
           std::any_of(settings_.allow.begin(), settings_.allow.end(),
                       [&address](const ip_range& range) { return range.contains(address); });
}

void cdr_listener::state::on_connection(int status) {
    if (status != 0) {
        log_warn("a connection cannot be accepted",
                 {{"pbx", settings_.pbx}, {"reason", uv_strerror(status)}});
        return;
    }
    ++counters_.connections;
    connections_.push_back(std::make_unique<connection>(*this));
    connection& made = *connections_.back();
    if (!made.accept(reinterpret_cast<uv_stream_t*>(handle_))) return;  // told of by on_closed
    const bool allowed = is_allowed(made.peer());
    if (allowed && connections_.size() <= settings_.connection_count_max) {
        if (!has_room()) made.pause();
        return;
    }
    ++counters_.refused;
    log_warn("a connection for CDRs was refused",
             {{"pbx", settings_.pbx},
              {"client", address_text(made.peer())},
              {"reason", allowed ? "one connection too many" : "the address may not send here"}});
    made.close("refused");
}

// Said when it begins and when it ends, once.
bool cdr_listener::state::has_room() {
    const bool is_full = !parts_.has_room();
    if (is_full && !is_full_)
        log_warn("the journal is full: CDRs over TCP are not read", {{"pbx", settings_.pbx}});
    is_full_ = is_full;
    return !is_full;
}

void cdr_listener::state::on_watch() {
    const bool was_full = is_full_;
    const bool room = has_room();
    const milliseconds time = parts_.home.time();
    for (const auto& each : connections_) {
        if (was_full && room) each->resume();
        if (room && time - each->heard() > settings_.idle_timeout) each->close("it is idle");
    }
}

void cdr_listener::state::on_gone(connection& gone) {
    std::erase_if(connections_, [&gone](const auto& each) { return each.get() == &gone; });
}

void cdr_listener::state::count(const decoder_counters& before, const decoder_counters& after) {
    const std::uint64_t rejected = after.rejected - before.rejected;
    counters_.documents += after.messages - before.messages;
    counters_.rejected += rejected;
    if (rejected > 0)
        log_warn("pushed CDRs cannot be read", {{"pbx", settings_.pbx}, {"count", rejected}});
}

cdr_listener::cdr_listener(const cdr_listener_settings& settings, const cdr_listener_parts& parts)
    : state_(std::make_unique<state>(settings, parts)) {}
cdr_listener::~cdr_listener() = default;

result<void> cdr_listener::start() {
    return state_->start();
}
const std::string& cdr_listener::detail() const noexcept {
    return state_->detail();
}
std::uint16_t cdr_listener::port() const {
    return state_->port();
}
void cdr_listener::stop() {
    state_->stop();
}
bool cdr_listener::stopped() const noexcept {
    return state_->stopped();
}
cdr_listener_counters cdr_listener::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sources
