#include "bench/sim_push.h"

#include <charconv>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/sim_reports.h"
#include "core/config_value.h"
#include "core/loop.h"
#include "core/stream.h"

namespace callstream::sim {

namespace {

using std::chrono::milliseconds;

struct push_plan {
    std::string to;
    std::string shape = "all";
    std::string token;
    std::uint64_t call_count = 100;
    double calls_per_second = 0;
    unsigned connection_count = 8;
    unsigned retry_ms = 50;
    unsigned patience_ms = 5000;
    bool fresh_connections = false;
};

struct push_counts {
    std::uint64_t next_call = 0;
    std::uint64_t reports = 0;   // answered 200
    std::uint64_t repeated = 0;  // sent again
    std::uint64_t gave_up = 0;   // answered 4xx
    unsigned busy = 0;           // senders that are not done
};

// One connection: the reports of one call after the other.
class sender final : private stream_handler {
public:
    sender(loop& home, const push_plan& plan, const url& to, push_counts& counts)
        : home_(home),
          plan_(plan),
          to_(to),
          counts_(counts),
          start_(home.time()),
          connection_(home, settings_, *this),
          timer_(home, [this] { go_on(); }),
          patience_(home, [this] {
              connection_.close({errc::timeout, "no answer came"});
          }) {
        settings_.host = to.address.host;
        settings_.port = to.address.port;
        if (to.scheme == "https") settings_.tls = tls_settings{.verify = tls_verify::none};
        ++counts_.busy;
    }

    void start() { next_call(); }

private:
    void next_call() {
        if (counts_.next_call == plan_.call_count) return finish();
        const std::uint64_t number = counts_.next_call++;
        const auto outcome = static_cast<push_outcome>(number % push_outcome_count);
        const auto shapes = report_shape_names.size();
        std::size_t shape = number / push_outcome_count % shapes;
        for (std::size_t i = 0; i < shapes; ++i)
            if (report_shape_names[i] == plan_.shape) shape = i;
        reports_ = reports_of_call(number, outcome, static_cast<report_shape>(shape));
        next_ = 0;
        if (plan_.calls_per_second <= 0) return go_on();
        const milliseconds due =
            start_ + milliseconds(static_cast<std::int64_t>(1000.0 * static_cast<double>(number) /
                                                            plan_.calls_per_second));
        timer_.start(std::max(due - home_.time(), milliseconds(0)));
    }

    void finish() {
        done_ = true;
        --counts_.busy;
        connection_.close({errc::disconnected, "done"});
    }

    void go_on() {
        if (connected_ && plan_.fresh_connections) return;  // until it is closed
        if (connected_) return send();
        if (!connecting_) connection_.connect();
        connecting_ = true;
    }

    void send() {
        const std::string& body = reports_[next_];
        std::string request = fmt::format(
            "POST /{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: WebAPI\r\nContent-Type: "
            "application/json\r\nContent-Length: {}\r\n",
            to_.path, to_.address.host, body.size());
        if (!plan_.token.empty()) request += "Authorization: Bearer " + plan_.token + "\r\n";
        if (plan_.fresh_connections) request += "Connection: close\r\n";
        request += "\r\n" + body;
        answer_.clear();
        waiting_ = true;
        patience_.start(milliseconds(plan_.patience_ms));
        static_cast<void>(connection_.write(request));
    }

    void on_open() override {
        connecting_ = false;
        connected_ = true;
        send();
    }
    std::span<char> on_space() override { return room_; }

    void on_bytes(std::size_t size) override {
        answer_.append(room_.data(), size);
        const std::size_t end = answer_.find("\r\n\r\n");
        constexpr std::string_view length_name = "Content-Length: ";
        const std::size_t length_at = answer_.find(length_name);
        if (!waiting_ || end == std::string::npos || length_at == std::string::npos) return;
        std::size_t length = 0;
        std::from_chars(&answer_[length_at + length_name.size()], &answer_[end], length);
        if (answer_.size() < end + 4 + length) return;
        waiting_ = false;
        patience_.stop();
        take(answer_.substr(9, 3));
    }

    void take(const std::string& status) {
        if (status == "200") {
            ++counts_.reports;
            if (++next_ == reports_.size()) return next_call();
            if (!plan_.fresh_connections) send();
            return;  // or the server closes, and on_closed() goes on
        }
        if (status.starts_with('4') && status != "408" && status != "429") {
            fmt::print(stderr, "callstream-sim: {}: {}\n", reports_[next_], answer_);
            ++counts_.gave_up;
            if (++next_ == reports_.size()) return next_call();
            return timer_.start(milliseconds(plan_.retry_ms));
        }
        ++counts_.repeated;
        timer_.start(milliseconds(plan_.retry_ms));
    }

    void on_closed(const error&) override {
        patience_.stop();
        if (done_) return;
        if (waiting_) ++counts_.repeated;
        const bool at_once = plan_.fresh_connections && connected_ && !waiting_;
        waiting_ = connected_ = connecting_ = false;
        timer_.start(at_once ? milliseconds(0) : milliseconds(plan_.retry_ms));
    }

    loop& home_;
    const push_plan& plan_;
    const url& to_;
    push_counts& counts_;
    milliseconds start_;
    stream_settings settings_;
    stream connection_;
    timer timer_;
    timer patience_;
    std::vector<std::string> reports_;
    std::size_t next_ = 0;
    std::array<char, 4096> room_{};
    std::string answer_;
    bool connecting_ = false;
    bool connected_ = false;
    bool waiting_ = false;
    bool done_ = false;
};

int push(const push_plan& plan) {
    const auto to = parse_url(plan.to, 80);
    if (!to) {
        fmt::print(stderr, "callstream-sim: the URL {}\n", to.error().what);
        return 64;
    }
    loop home;
    push_counts counts;
    std::vector<std::unique_ptr<sender>> senders;
    for (unsigned i = 0; i < plan.connection_count; ++i)
        senders.push_back(std::make_unique<sender>(home, plan, *to, counts));
    for (const auto& each : senders)
        each->start();
    while (counts.busy > 0)
        home.run_once();
    home.run();
    senders.clear();
    home.run();
    fmt::print("{{\"calls\":{},\"reports\":{},\"repeated\":{},\"refused\":{}}}\n", plan.call_count,
               counts.reports, counts.repeated, counts.gave_up);
    return counts.gave_up == 0 ? 0 : 1;
}

}  // namespace

int run_push(int argc, char** argv) {
    push_plan plan;
    CLI::App app("Pushes the reports of made-up calls until each is answered 200",
                 "callstream-sim push");
    app.add_option("URL", plan.to, "such as http://127.0.0.1:8260/push/hq")->required();
    app.add_option("--calls", plan.call_count, "how many")->capture_default_str();
    app.add_option("--rate", plan.calls_per_second, "calls a second; 0: as fast as they are taken");
    app.add_option("--connections", plan.connection_count, "at once")
        ->check(CLI::Range(1, 512))
        ->capture_default_str();
    app.add_option("--shape", plan.shape, "v1, v1.1, v2, p, openvox, or all in turn")
        ->check(CLI::IsMember({"all", "v1", "v1.1", "v2", "p", "openvox"}))
        ->capture_default_str();
    app.add_option("--token", plan.token, "bearer token");
    app.add_option("--retry", plan.retry_ms, "wait before a report is sent again, ms")
        ->capture_default_str();
    app.add_option("--patience", plan.patience_ms, "wait for an answer, ms")->capture_default_str();
    app.add_flag("--fresh-connections", plan.fresh_connections, "a connection for each report");
    CLI11_PARSE(app, argc, argv);
    return push(plan);
}

}  // namespace callstream::sim
