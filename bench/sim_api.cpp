#include "bench/sim_api.h"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/sim_control.h"
#include "bench/sim_sender.h"
#include "bench/sim_yeastar.h"
#include "core/http_server.h"
#include "core/slab.h"

namespace callstream::sim {

namespace {

constexpr std::size_t asked_count_max = 1024;  // heads whose bodies are on their way
constexpr std::string_view api_begin = "/api/v";
constexpr std::string_view boot_report = R"({"action":"BootUp","sn":"369B1234"})";

struct api_plan {
    std::string listen = "127.0.0.1:0";
    std::string certificate;
    std::string key;
    yeastar_settings pbx;
    std::uint16_t control_port = 0;
};

// The reports of one receiver, one after the other, each until it is answered 200.
class outbox {
public:
    outbox(loop& home, const std::string& receiver, sender_counts& counts) {
        settings_.to = *parse_url("http://" + receiver, 80);
        sender_ = std::make_unique<report_sender>(home, settings_, counts, [this] { next(); });
    }

    void push(std::string_view report) {
        waiting_.emplace_back(report);
        if (idle_) next();
    }
    void close() { sender_->close(); }

private:
    void next() {
        idle_ = waiting_.empty();
        if (idle_) return;
        std::vector<std::string> one{std::move(waiting_.front())};
        waiting_.pop_front();
        sender_->give(std::move(one));
    }

    sender_settings settings_;
    std::deque<std::string> waiting_;
    std::unique_ptr<report_sender> sender_;
    bool idle_ = true;
};

class played_api final : private http_handler {
public:
    explicit played_api(const api_plan& plan)
        : plan_(plan),
          pbx_(plan.pbx),
          server_(home_, slabs_, server_settings(plan), *this),
          control_(home_, [this](std::string_view line) { return obey(line); }) {
        for (const int signal : {SIGINT, SIGTERM})
            end_on(signal);
    }

    int run() {
        const auto started = server_.start();
        const auto control = control_.listen(plan_.control_port);
        if (!started || !control) {
            fmt::print(stderr, "callstream-sim: cannot listen: {}\n", server_.detail());
            stop();
            home_.run();
            return 1;
        }
        fmt::print("listening 127.0.0.1:{}\ncontrol 127.0.0.1:{}\n", server_.ports().front(),
                   *control);
        std::fflush(stdout);
        home_.run();
        outboxes_.clear();
        home_.run();
        fmt::print("{}\n", state());
        return 0;
    }

private:
    // What a request's head said, until its body is there.
    struct asked {
        std::string path;
        std::string query;
        std::uint64_t begin = 0;  // of Range: bytes=BEGIN-
    };

    static http_server_settings server_settings(const api_plan& plan) {
        http_server_settings settings;
        const auto address = parse_host_port(plan.listen, 8088);
        const host_port at = address ? *address : host_port{"127.0.0.1", 0};
        if (plan.certificate.empty()) {
            settings.listen = {at};
        } else {
            settings.listen_secure = {at};
            settings.tls = tls_server_settings{plan.certificate, plan.key};
        }
        return settings;
    }

    http_verdict on_head(const http_head& head, const socket_address&) override {
        asked& made = asked_[next_asked_ % asked_.size()];
        made.path = head.path;
        made.query = head.query;
        made.begin = 0;
        std::string_view range = head.find("Range");
        if (range.starts_with("bytes=")) {
            range.remove_prefix(6);
            std::from_chars(range.data(), range.data() + range.size(), made.begin);
        }
        http_verdict verdict;
        verdict.body_size_max = 64 * 1024;
        verdict.route = static_cast<std::uint32_t>(next_asked_++ % asked_.size());
        return verdict;
    }

    void on_request(const http_request& request) override {
        const asked& question = asked_[request.route];
        std::string_view call = question.path;
        if (!call.starts_with(api_begin)) {
            server_.answer(request.ticket, {404, "no such call\n"});
            return;
        }
        call.remove_prefix(std::min(call.size(), call.find('/', api_begin.size()) + 1));
        if (call == "recording/download") return download(request.ticket, question);
        const std::string text =
            pbx_.answer(call, query_value(question.query, "token"), request.body, home_.time());
        server_.answer(request.ticket, {200, text, "application/json"});
    }

    void download(const http_ticket& ticket, const asked& question) {
        std::string bytes;
        if (!pbx_.try_download(query_value(question.query, "recording"),
                               query_value(question.query, "random"),
                               query_value(question.query, "token"), home_.time(), bytes)) {
            server_.answer(ticket, {200, bytes, "application/json"});
            return;
        }
        const std::uint64_t begin = std::min<std::uint64_t>(question.begin, bytes.size());
        begins_.push_back(begin);
        const std::string range =
            fmt::format("bytes {}-{}/{}", begin, bytes.size() - 1, bytes.size());
        http_answer answer{200, std::string_view(bytes).substr(begin), "audio/x-wav"};
        if (begin > 0) {
            answer.status = 206;
            answer.content_range = range;
        }
        server_.answer(ticket, answer);
    }

    void on_batch() override {}

    // A command of the control port; its answer.
    std::string obey(std::string_view line) {
        const std::string_view command = line.substr(0, line.find(' '));
        const std::string_view rest = line.substr(std::min(line.size(), command.size() + 1));
        if (command == "state") return state();
        if (command == "forget") {
            pbx_.forget_tokens();
        } else if (command == "restart") {
            pbx_.forget_tokens();
            push(boot_report);
        } else if (command == "push") {
            if (!push(rest)) return R"({"error":"nobody has logged in"})";
        } else {
            return R"({"error":"unknown command"})";
        }
        return R"({"done":true})";
    }

    bool push(std::string_view report) {
        const std::string& receiver = pbx_.receiver();
        if (receiver.empty()) return false;
        auto& box = outboxes_[receiver];
        if (!box) box = std::make_unique<outbox>(home_, receiver, counts_);
        box->push(report);
        return true;
    }

    std::string state() const {
        const yeastar_counters& counted = pbx_.counters();
        return fmt::format(
            R"({{"logins":{},"heartbeats":{},"refused":{},"wrong":{},"tokens":{},"tickets":{},)"
            R"("receiver":"{}","reports":{},"repeated":{},"downloads":[{}]}})",
            counted.logins, counted.heartbeats, counted.refused, pbx_.wrong_count(),
            pbx_.token_count(), counted.tickets, pbx_.receiver(), counts_.reports, counts_.repeated,
            fmt::join(begins_, ","));
    }

    void end_on(int signal) {
        auto handle = std::make_unique<uv_signal_t>();
        uv_signal_init(home_.native(), handle.get());
        handle->data = this;
        uv_signal_start(
            handle.get(),
            [](uv_signal_t* raised, int) noexcept {
                static_cast<played_api*>(raised->data)->stop();
            },
            signal);
        signals_.push_back(std::move(handle));
    }

    void stop() {
        if (std::exchange(stopping_, true)) return server_.stop();
        server_.stop();
        control_.stop();
        for (const auto& [receiver, box] : outboxes_)
            box->close();
        for (const auto& one : signals_)
            uv_close(reinterpret_cast<uv_handle_t*>(one.get()), nullptr);
    }

    const api_plan& plan_;
    loop home_;
    slab_pool slabs_;
    yeastar_pbx pbx_;
    http_server server_;
    control_port control_;
    std::array<asked, asked_count_max> asked_{};
    std::size_t next_asked_ = 0;
    sender_counts counts_;
    std::map<std::string, std::unique_ptr<outbox>> outboxes_;  // by receiver
    std::vector<std::uint64_t> begins_;                        // of downloads
    std::vector<std::unique_ptr<uv_signal_t>> signals_;
    bool stopping_ = false;
};

}  // namespace

int run_api(int argc, char** argv) {
    api_plan plan;
    unsigned life_s = 1800;
    CLI::App app(
        "Plays the API of an S-Series PBX: login, heartbeat, recordings, and reports to "
        "where the login said. Prints its ports; one command a line on the control port:\n"
        "state, forget (all tokens), restart, push REPORT",
        "callstream-sim api");
    app.add_option("--listen", plan.listen, "ADDRESS:PORT")->capture_default_str();
    app.add_option("--certificate", plan.certificate, "for HTTPS, PEM");
    app.add_option("--key", plan.key, "its private key, PEM");
    app.add_option("--username", plan.pbx.username, "of the API")->capture_default_str();
    app.add_option("--password", plan.pbx.password,
                   "of the API; five wrong ones lock for ten minutes")
        ->capture_default_str();
    app.add_option("--token-life", life_s, "without heartbeats, seconds")->capture_default_str();
    app.add_option("--recordings", plan.pbx.recordings, "directory of the files it has recorded");
    app.add_option("--control", plan.control_port, "port of the commands; 0: any");
    CLI11_PARSE(app, argc, argv);
    plan.pbx.token_life = std::chrono::seconds(life_s);
    return played_api(plan).run();
}

}  // namespace callstream::sim
