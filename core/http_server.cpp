#include "core/http_server.h"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>

#include "core/ensure.h"
#include "core/http_connection.h"
#include "core/ip_range.h"
#include "core/log.h"

namespace callstream {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds watch_interval{250};
constexpr milliseconds file_check_interval{5'000};
constexpr int backlog = 1024;
constexpr std::size_t refusing_count_max = 64;  // connections that are only told so

constexpr http_answer too_many_here{503, "too many connections\n", "text/plain", {}, {}, 5, true};
constexpr http_answer too_many_of_you{
    429, "too many connections from this address\n", "text/plain", {}, {}, 5, true};

}  // namespace

class http_server::state final : public http_connection_host {
public:
    state(loop& owner, slab_pool& pool, const http_server_settings& chosen, http_handler& to)
        : http_connection_host(owner, pool, settings_, to, counters_),
          settings_(chosen),
          turn_(owner, [this] { on_turn_end(); }),
          watch_(owner, [this] { on_watch(); }) {}

    ~state() { ensure(closed(), "an HTTP server is destroyed after it closed"); }

    result<void> start();
    void stop();
    void reload();
    bool closed() const noexcept { return listener_count_ == 0 && connection_count_ == 0; }
    std::vector<std::uint16_t> ports() const;
    bool answer(const http_ticket& ticket, const http_answer& told);
    void send(const http_ticket& ticket);
    bool is_acknowledged(const http_ticket& ticket) const noexcept;
    const http_connection* find(const http_ticket& ticket) const noexcept;
    http_connection* find(const http_ticket& ticket) noexcept {
        return const_cast<http_connection*>(std::as_const(*this).find(ticket));
    }

    const std::string& detail() const noexcept { return detail_; }
    const http_server_counters& counted() const noexcept { return counters_; }
    std::size_t connection_count() const noexcept { return connection_count_; }

    std::string_view date() override;
    void on_read() override;
    void on_dirty(http_connection& connection) override;
    void on_gone(http_connection& connection) override;

private:
    struct listener {
        uv_tcp_t handle{};
        state* owner = nullptr;
        bool secure = false;
    };

    result<void> listen_at(const host_port& address, bool secure);
    void on_connection(listener& at, int status);
    void on_turn_end();
    void on_watch();
    void close_listeners();
    void stop_watch_if_done();

    http_server_settings settings_;
    http_server_counters counters_;
    std::unique_ptr<tls_server> tls_;
    std::vector<std::unique_ptr<listener>> listeners_;
    std::size_t listener_count_ = 0;  // not closed yet
    std::vector<std::unique_ptr<http_connection>> connections_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> generations_;
    std::map<ip_address, std::size_t> by_address_;
    std::size_t connection_count_ = 0;
    std::vector<http_ticket> dirty_;
    std::vector<http_ticket> flushing_;
    turn_end turn_;
    timer watch_;
    milliseconds files_checked_{0};
    bool batch_due_ = false;
    bool stopping_ = false;
    std::time_t date_second_ = 0;
    std::array<char, 32> date_{};
    std::size_t date_size_ = 0;
    std::string detail_;
};

result<void> http_server::state::start() {
    if (settings_.tls) {
        tls_ = std::make_unique<tls_server>(*settings_.tls);
        if (auto loaded = tls_->load(); !loaded) {
            detail_ = tls_->detail();
            return loaded;
        }
    }
    result<void> listening;
    for (const host_port& address : settings_.listen)
        if (listening) listening = listen_at(address, false);
    for (const host_port& address : settings_.listen_secure)
        if (listening) listening = listen_at(address, true);
    if (!listening) {
        stop();
        return listening;
    }
    watch_.repeat(watch_interval);
    return {};
}

result<void> http_server::state::listen_at(const host_port& address, bool secure) {
    detail_ = format_host_port(address);
    auto made = std::make_unique<listener>();
    made->owner = this;
    made->secure = secure;
    made->handle.data = made.get();
    ensure(uv_tcp_init(home.native(), &made->handle) == 0, "a TCP handle can be made");
    ++listener_count_;
    uv_tcp_t& handle = made->handle;
    listeners_.push_back(std::move(made));
    const auto numeric = to_socket_address(address.host, address.port);
    int status = numeric ? uv_tcp_bind(&handle, &numeric->any, 0) : UV_EINVAL;
    if (status == 0)
        status = uv_listen(reinterpret_cast<uv_stream_t*>(&handle), backlog,
                           [](uv_stream_t* at, int outcome) noexcept {
                               auto& self = *static_cast<listener*>(at->data);
                               self.owner->on_connection(self, outcome);
                           });
    if (status == 0) return {};
    detail_ += std::string(": ") + uv_strerror(status);
    return failure(errc::bad_config, "the HTTP server cannot listen", status);
}

std::vector<std::uint16_t> http_server::state::ports() const {
    std::vector<std::uint16_t> found;
    for (const auto& each : listeners_) {
        socket_address bound{};
        int size = sizeof bound;
        uv_tcp_getsockname(&each->handle, &bound.any, &size);
        found.push_back(
            ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port));
    }
    return found;
}

void http_server::state::on_connection(listener& at, int status) {
    if (status != 0) {
        log_warn("a connection cannot be accepted", {{"reason", uv_strerror(status)}});
        return;
    }
    if (free_.empty()) {
        free_.push_back(static_cast<std::uint32_t>(connections_.size()));
        connections_.emplace_back();
        generations_.push_back(0);
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    ++connection_count_;
    ++counters_.connections;
    connections_[index] = std::make_unique<http_connection>(*this, index, ++generations_[index]);
    http_connection& made = *connections_[index];
    const bool accepted = made.accept(reinterpret_cast<uv_stream_t*>(&at.handle),
                                      at.secure ? tls_->context() : nullptr)
                              .has_value();
    const std::size_t of_this = ++by_address_[ip_address(made.peer())];
    if (!accepted) return;
    const bool here = connection_count_ > settings_.connection_count_max;
    if (!here && of_this <= settings_.address_connection_count_max) return;
    ++counters_.connections_refused;
    log_warn("a connection is one too many", {{"client", address_text(made.peer())},
                                              {"connections", connection_count_},
                                              {"of_this_address", of_this}});
    if (at.secure || connection_count_ > settings_.connection_count_max + refusing_count_max)
        made.close();
    else
        made.refuse_connection(here ? too_many_here : too_many_of_you);
}

void http_server::state::on_gone(http_connection& connection) {
    const auto counted = by_address_.find(ip_address(connection.peer()));
    if (counted != by_address_.end() && --counted->second == 0) by_address_.erase(counted);
    --connection_count_;
    const std::uint32_t index = connection.index();
    if (!connection.is_acknowledged()) handler.on_unconfirmed({index, connection.generation(), 0});
    if (connection.is_streaming()) handler.on_stream_gone({index, connection.generation(), 0});
    free_.push_back(index);
    connections_[index].reset();
    stop_watch_if_done();
}

void http_server::state::on_read() {
    batch_due_ = true;
    turn_.arm();
}

void http_server::state::on_dirty(http_connection& connection) {
    if (connection.is_dirty) return;
    connection.is_dirty = true;
    dirty_.push_back({connection.index(), connection.generation(), 0});
    turn_.arm();
}

// Answers sent may let a connection hand over what it had read already.
void http_server::state::on_turn_end() {
    while (batch_due_ || !dirty_.empty()) {
        if (batch_due_) {
            batch_due_ = false;
            handler.on_batch();
        }
        flushing_.swap(dirty_);
        for (const http_ticket& ticket : flushing_) {
            http_connection* connection = connections_[ticket.connection].get();
            if (connection == nullptr || connection->generation() != ticket.generation) continue;
            connection->is_dirty = false;
            connection->flush();
        }
        flushing_.clear();
    }
}

void http_server::state::on_watch() {
    const milliseconds now = home.time();
    for (const auto& connection : connections_)
        if (connection) connection->watch(now);
    if (!tls_ || now - files_checked_ < file_check_interval) return;
    files_checked_ = now;
    if (tls_->has_changed()) reload();
}

void http_server::state::reload() {
    if (!tls_) return;
    if (tls_->load())
        log_info("the TLS certificate was loaded again");
    else
        log_error("the new TLS certificate cannot be used; the old one stays",
                  {{"detail", tls_->detail()}});
}

void http_server::state::close_listeners() {
    for (const auto& each : listeners_)
        uv_close(reinterpret_cast<uv_handle_t*>(&each->handle), [](uv_handle_t* handle) noexcept {
            --static_cast<listener*>(handle->data)->owner->listener_count_;
        });
}

void http_server::state::stop() {
    if (!stopping_) close_listeners();
    for (const auto& connection : connections_)
        if (connection) stopping_ ? connection->close() : connection->finish();
    stopping_ = true;
    stop_watch_if_done();
}

void http_server::state::stop_watch_if_done() {
    if (stopping_ && connection_count_ == 0) watch_.stop();
}

const http_connection* http_server::state::find(const http_ticket& ticket) const noexcept {
    if (ticket.connection >= connections_.size()) return nullptr;
    const http_connection* found = connections_[ticket.connection].get();
    return found != nullptr && found->generation() == ticket.generation ? found : nullptr;
}

bool http_server::state::is_acknowledged(const http_ticket& ticket) const noexcept {
    const http_connection* const found = find(ticket);
    return found == nullptr || found->is_acknowledged();
}

bool http_server::state::answer(const http_ticket& ticket, const http_answer& told) {
    return find(ticket) != nullptr && connections_[ticket.connection]->answer(ticket.request, told);
}

void http_server::state::send(const http_ticket& ticket) {
    if (find(ticket) != nullptr) connections_[ticket.connection]->flush();
}

std::string_view http_server::state::date() {
    const std::time_t second = std::time(nullptr);
    if (second != date_second_) {
        std::tm parts{};
        ::gmtime_r(&second, &parts);
        date_size_ = std::strftime(date_.data(), date_.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
        date_second_ = second;
    }
    return {date_.data(), date_size_};
}

http_server::http_server(loop& owner, slab_pool& slabs, const http_server_settings& settings,
                         http_handler& handler)
    : state_(std::make_unique<state>(owner, slabs, settings, handler)) {}

http_server::~http_server() = default;

result<void> http_server::start() {
    return state_->start();
}

const std::string& http_server::detail() const noexcept {
    return state_->detail();
}

std::vector<std::uint16_t> http_server::ports() const {
    return state_->ports();
}

void http_server::reload() {
    state_->reload();
}

void http_server::stop() {
    state_->stop();
}

bool http_server::closed() const noexcept {
    return state_->closed();
}

bool http_server::answer(const http_ticket& ticket, const http_answer& answer) {
    return state_->answer(ticket, answer);
}

void http_server::send(const http_ticket& ticket) {
    state_->send(ticket);
}

bool http_server::stream(const http_ticket& ticket, std::string_view bytes) {
    http_connection* const found = state_->find(ticket);
    return found != nullptr && found->stream(bytes);
}

std::size_t http_server::unsent(const http_ticket& ticket) const noexcept {
    const http_connection* const found = std::as_const(*state_).find(ticket);
    return found != nullptr ? found->unsent() : 0;
}

void http_server::end_stream(const http_ticket& ticket) {
    if (http_connection* const found = state_->find(ticket)) found->end_stream();
}

bool http_server::is_acknowledged(const http_ticket& ticket) const noexcept {
    return state_->is_acknowledged(ticket);
}

bool http_server::is_heard(const http_ticket& ticket) const noexcept {
    const http_connection* connection = state_->find(ticket);
    return connection != nullptr && connection->is_heard();
}

const http_server_counters& http_server::counters() const noexcept {
    return state_->counted();
}

std::size_t http_server::connection_count() const noexcept {
    return state_->connection_count();
}

}  // namespace callstream
