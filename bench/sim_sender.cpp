#include "bench/sim_sender.h"

#include <charconv>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace callstream::sim {

using std::chrono::milliseconds;

report_sender::report_sender(loop& home, const sender_settings& settings, sender_counts& counts,
                             std::function<void()> on_idle)
    : settings_(settings),
      counts_(counts),
      on_idle_(std::move(on_idle)),
      connection_(home, connection_settings_, *this),
      retry_(home, [this] { go_on(); }),
      patience_(home, [this] {
          connection_.close({errc::timeout, "no answer came"});
      }) {
    connection_settings_.host = settings.to.address.host;
    connection_settings_.port = settings.to.address.port;
    if (settings.to.scheme == "https")
        connection_settings_.tls = tls_settings{.verify = tls_verify::none};
}

void report_sender::give(std::vector<std::string> reports) {
    reports_ = std::move(reports);
    next_ = 0;
    go_on();
}

void report_sender::close() {
    done_ = true;
    retry_.stop();
    patience_.stop();
    connection_.close({errc::disconnected, "done"});
}

void report_sender::go_on() {
    if (done_ || next_ == reports_.size()) return;
    if (connected_ && settings_.fresh_connections) return;  // until it is closed
    if (connected_) return send();
    if (!std::exchange(connecting_, true)) connection_.connect();
}

void report_sender::send() {
    const std::string& body = reports_[next_];
    std::string request = fmt::format(
        "POST /{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: WebAPI\r\nContent-Type: "
        "application/json\r\nContent-Length: {}\r\n",
        settings_.to.path, settings_.to.address.host, body.size());
    if (!settings_.token.empty()) request += "Authorization: Bearer " + settings_.token + "\r\n";
    if (settings_.fresh_connections) request += "Connection: close\r\n";
    request += "\r\n" + body;
    answer_.clear();
    waiting_ = true;
    patience_.start(milliseconds(settings_.patience_ms));
    static_cast<void>(connection_.write(request));  // a connection that is gone is told as closed
}

void report_sender::on_open() {
    connecting_ = false;
    connected_ = true;
    if (next_ < reports_.size()) send();
}

void report_sender::on_bytes(std::size_t size) {
    answer_.append(room_.data(), size);
    const std::size_t end = answer_.find("\r\n\r\n");
    constexpr std::string_view length_name = "Content-Length: ";
    const std::size_t length_at = answer_.find(length_name);
    if (!waiting_ || end == std::string::npos || length_at > end) return;
    std::size_t length = 0;
    std::from_chars(&answer_[length_at + length_name.size()], &answer_[end], length);
    if (answer_.size() < end + 4 + length) return;
    waiting_ = false;
    patience_.stop();
    take(answer_.substr(9, 3));
}

void report_sender::take(const std::string& status) {
    if (status == "200") {
        ++counts_.reports;
        return next();
    }
    if (status.starts_with('4') && status != "408" && status != "429") {
        fmt::print(stderr, "callstream-sim: {}: {}\n", reports_[next_], answer_);
        ++counts_.gave_up;
        return next();
    }
    ++counts_.repeated;
    retry_.start(milliseconds(settings_.retry_ms));
}

// Where each report has its connection, the server closes this one, and on_closed() goes on.
void report_sender::next() {
    if (++next_ == reports_.size()) return on_idle_();
    if (!settings_.fresh_connections) send();
}

void report_sender::on_closed(const error&) {
    patience_.stop();
    if (done_) return;
    const bool at_once = settings_.fresh_connections && connected_ && !waiting_;
    if (std::exchange(waiting_, false)) ++counts_.repeated;
    connected_ = connecting_ = false;
    if (next_ < reports_.size())
        retry_.start(at_once ? milliseconds(0) : milliseconds(settings_.retry_ms));
}

}  // namespace callstream::sim
