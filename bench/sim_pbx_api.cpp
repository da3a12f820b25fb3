#include "bench/sim_pbx_api.h"

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/sim_certificate.h"
#include "bench/sim_control.h"
#include "bench/sim_faults.h"
#include "bench/sim_poll_family.h"
#include "bench/sim_server.h"
#include "bench/sim_ucm_ways.h"
#include "core/http_server.h"
#include "core/slab.h"

namespace callstream::sim {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t asked_count_max = 1024;  // heads whose bodies are on their way
constexpr milliseconds grow_every{20};
constexpr long certificate_days = 30;
constexpr std::array<std::string_view, 5> refusals{"none", "password", "locked", "permission",
                                                   "disabled"};

struct pbx_api_plan {
    std::string family = "nexo";
    std::string listen = "127.0.0.1:0";
    std::string certificate;
    std::string key;
    std::string certificate_file;  // where the one that it makes goes
    bool plain = false;
    bool expired = false;
    bool makes_certificate = false;
    cdr_table_settings table;
    poll_pbx_settings pbx;
    double utc_offset_h = 0;
    unsigned delay_ms = 0;
    std::uint64_t fail_every = 0;
    std::string refuse = "none";
    std::string truth;
    std::string requests;
    std::uint16_t control_port = 0;
    std::string manager;  // address of its AMI; empty: it has none
    std::string push_url;
    sender_settings push;
    std::uint32_t tell_delay_ms = 0;
};

std::int64_t unix_ms() {
    return std::chrono::duration_cast<milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::optional<poll_refusal> refusal_named(std::string_view name) {
    for (std::size_t i = 0; i < refusals.size(); ++i)
        if (refusals[i] == name) return static_cast<poll_refusal>(i);
    return std::nullopt;
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

// A file of lines that a reader may follow; none if its name is empty.
class line_file {
public:
    explicit line_file(const std::string& path)
        : file_(path.empty() ? nullptr : std::fopen(path.c_str(), "w"), &std::fclose),
          failed_(!path.empty() && file_ == nullptr) {}

    bool failed() const noexcept { return failed_; }
    void write(std::string_view line) {
        if (file_) fmt::print(file_.get(), "{}\n", line);
    }
    void flush() {
        if (file_) std::fflush(file_.get());
    }

private:
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    bool failed_;
};

std::unique_ptr<poll_family> make_family(const std::string& name, played_pbx& pbx) {
    if (name == "fiberme") return make_fiberme(pbx);
    if (name == "grandstream") return make_grandstream(pbx);
    if (name == "voipmonitor") return make_voipmonitor(pbx);
    return make_nexo(pbx);
}

// What a UCM says by itself, as far as the plan wants it.
class ucm_ways {
public:
    ucm_ways(loop& home, const played_pbx& pbx, const pbx_api_plan& plan)
        : plan_(plan), random_(plan.table.seed), server_({home, session_, counters_, random_}) {
        session_.username = plan.pbx.username;
        session_.secret = plan.pbx.password;
        if (!plan.manager.empty())
            manager_ = std::make_unique<ucm_manager>(pbx, plan.tell_delay_ms);
        if (!plan.push_url.empty())
            pusher_ = std::make_unique<ucm_pusher>(home, pbx, plan.push, plan.tell_delay_ms);
    }

    bool start() {
        if (!manager_) return true;
        const auto address = parse_listen_address(plan_.manager);
        if (!address) return false;
        const auto port = server_.listen(*address, [this]() -> program& { return *manager_; });
        if (port) fmt::print("manager 127.0.0.1:{}\n", *port);
        return port.has_value();
    }
    void tell(std::int64_t now_ms) {
        if (manager_) manager_->tell(now_ms);
        if (pusher_) pusher_->tell(now_ms);
    }
    void stop() {
        server_.stop();
        if (manager_) manager_->stop();
        if (pusher_) pusher_->close();
    }
    std::uint64_t pushed() const noexcept { return pusher_ ? pusher_->counts().reports : 0; }

private:
    const pbx_api_plan& plan_;
    session_settings session_;
    session_counters counters_;
    std::mt19937 random_;
    std::unique_ptr<ucm_manager> manager_;
    std::unique_ptr<ucm_pusher> pusher_;
    server server_;
};

class played_pbx_api final : private http_handler {
public:
    explicit played_pbx_api(const pbx_api_plan& plan)
        : plan_(plan),
          table_(plan.table),
          sessions_(plan.pbx),
          pbx_{plan.pbx, table_, sessions_,
               refusal_named(plan.refuse).value_or(poll_refusal::none)},
          family_(make_family(plan.family, pbx_)),
          faults_(plan.fail_every),
          delay_(plan.delay_ms),
          truth_(plan.truth),
          requests_(plan.requests),
          server_(home_, slabs_, server_settings(plan), *this),
          control_(home_, [this](std::string_view line) { return obey(line); }),
          growth_(home_, [this] { grow(); }) {
        for (const int signal : {SIGINT, SIGTERM})
            end_on(signal);
    }

    int run() {
        table_.begin(unix_ms());
        ways_.emplace(home_, pbx_, plan_);
        grow();
        const auto started = server_.start();
        const auto control = control_.listen(plan_.control_port);
        if (!started || !control || truth_.failed() || requests_.failed() || !ways_->start()) {
            fmt::print(stderr, "callstream-sim: cannot start: {}\n",
                       started ? "a port or a file to write" : server_.detail());
            stop();
            home_.run();
            return 1;
        }
        growth_.repeat(grow_every);
        fmt::print("listening 127.0.0.1:{}\ncontrol 127.0.0.1:{}\n", server_.ports().front(),
                   *control);
        std::fflush(stdout);
        home_.run();
        fmt::print("{}\n", state());
        return 0;
    }

private:
    struct late_answer {
        std::unique_ptr<timer> due;
        bool sent = false;
    };

    static http_server_settings server_settings(const pbx_api_plan& plan) {
        http_server_settings settings;
        const auto address = parse_host_port(plan.listen, 8443);
        const host_port at = address ? *address : host_port{"127.0.0.1", 0};
        if (plan.plain) {
            settings.listen = {at};
        } else {
            settings.listen_secure = {at};
            settings.tls = tls_server_settings{plan.certificate, plan.key};
        }
        return settings;
    }

    http_verdict on_head(const http_head& head, const socket_address&) override {
        poll_question& made = asked_[next_asked_ % asked_.size()];
        made = {};
        made.method = head.method;
        read_target(made, head.path, head.query);
        made.cookie = head.find("Cookie");
        made.authorization = head.find("Authorization");
        made.takes_gzip = head.find("Accept-Encoding").find("gzip") != std::string_view::npos;
        http_verdict verdict;
        verdict.body_size_max = 64 * 1024;
        verdict.route = static_cast<std::uint32_t>(next_asked_++ % asked_.size());
        return verdict;
    }

    void on_request(const http_request& request) override {
        poll_question& question = asked_[request.route];
        question.body = request.body;
        question.now_s = unix_ms() / 1000;
        ++request_count_;
        bool closes = false;
        poll_reply reply = family_->answer(question);
        const poll_fault fault = faults_.next();
        note(question, reply, fault);
        reply = spoil(fault, std::move(reply), family_->mistaken(), question.takes_gzip, closes);
        if (delay_.count() == 0) return answer(request.ticket, reply, closes);
        // The place that the request has in its connection keeps the order of the answers.
        auto late = std::make_unique<late_answer>();
        late->due = std::make_unique<timer>(
            home_,
            [this, ticket = request.ticket, made = late.get(), reply = std::move(reply), closes] {
                answer(ticket, reply, closes);
                made->sent = true;
            });
        late->due->start(delay_);
        late_.push_back(std::move(late));
    }

    void answer(const http_ticket& ticket, const poll_reply& reply, bool closes) {
        http_answer told{reply.status, reply.body, reply.content_type};
        told.headers = reply.headers;
        told.close = closes;
        server_.answer(ticket, told);
    }

    void on_batch() override {}

    void note(const poll_question& question, const poll_reply& reply, poll_fault fault) {
        requests_.write(fmt::format(
            R"({{"at_ms":{},"method":"{}","target":"{}","status":{},"refused":{},"fault":{}}})",
            unix_ms(), question.method, question.target, reply.status, reply.is_refusal,
            static_cast<int>(fault)));
        requests_.flush();
    }

    void grow() {
        table_.grow(unix_ms());
        tell_truth();
        ways_->tell(unix_ms());
        // A timer is not destroyed from its own call: those that were sent go here.
        std::erase_if(late_, [](const auto& one) { return one->sent; });
    }

    void tell_truth() {
        if (told_ == table_.count()) return;
        while (told_ < table_.count()) {
            const sim_cdr row = table_.row(++told_);
            truth_.write(fmt::format(
                R"({{"key":"{}","number":{},"start":{},"answer":{},"end":{},"source":"{}",)"
                R"("destination":"{}","reached":"{}","trunk":"{}","billed":{},"legs":{},)"
                R"("recording":"{}"}})",
                family_->key(row), row.number, row.start, row.answer, row.end, row.source,
                row.destination, row.reached, row.trunk, row.billed(), row.leg_count,
                family_->recording(row)));
        }
        truth_.flush();
    }

    // A command of the control port; its answer.
    std::string obey(std::string_view line) {
        const std::string_view command = line.substr(0, line.find(' '));
        const std::string_view rest = line.substr(std::min(line.size(), command.size() + 1));
        if (command == "state") return state();
        if (command == "forget") {
            sessions_.forget();
        } else if (command == "add") {
            table_.add(number_of(rest), unix_ms());
            tell_truth();
        } else if (command == "delay") {
            delay_ = milliseconds(number_of(rest));
        } else if (command == "fail") {
            faults_.set_every(number_of(rest));
        } else if (command == "fault" && fault_named(rest) != poll_fault::none) {
            faults_.want(fault_named(rest));
        } else if (command == "faults" &&
                   (rest == "none" || fault_named(rest) != poll_fault::none)) {
            faults_.want_always(fault_named(rest));
        } else if ((command == "renew" || command == "expire") && plan_.makes_certificate) {
            write_certificate(plan_.certificate, plan_.key,
                              command == "renew" ? certificate_days : 0);
            server_.reload();
        } else if (command == "refuse" && refusal_named(rest)) {
            pbx_.refuse = *refusal_named(rest);
        } else {
            return R"({"error":"unknown command"})";
        }
        return R"({"done":true})";
    }

    std::string state() const {
        return fmt::format(
            R"({{"cdrs":{},"requests":{},"logins":{},"logins_refused":{},"expired":{},)"
            R"("sessions":{},"faults":{},"downloads":{},"deleted":{},"deleted_recordings":{},)"
            R"("active":{},"pushed":{}}})",
            table_.count(), request_count_, pbx_.logins, pbx_.logins_refused, pbx_.expired,
            sessions_.count(), faults_.count(), pbx_.downloads, pbx_.deleted.size(),
            pbx_.deleted_recordings.size(), table_.active(unix_ms() / 1000).size(),
            ways_->pushed());
    }

    void end_on(int signal) {
        auto handle = std::make_unique<uv_signal_t>();
        uv_signal_init(home_.native(), handle.get());
        handle->data = this;
        uv_signal_start(
            handle.get(),
            [](uv_signal_t* raised, int) noexcept {
                static_cast<played_pbx_api*>(raised->data)->stop();
            },
            signal);
        signals_.push_back(std::move(handle));
    }

    void stop() {
        server_.stop();
        if (std::exchange(stopping_, true)) return;
        server_.stop();
        ways_->stop();
        control_.stop();
        growth_.stop();
        late_.clear();
        for (const auto& one : signals_)
            uv_close(reinterpret_cast<uv_handle_t*>(one.get()), nullptr);
    }

    const pbx_api_plan& plan_;
    loop home_;
    slab_pool slabs_;
    cdr_table table_;
    poll_sessions sessions_;
    played_pbx pbx_;
    std::unique_ptr<poll_family> family_;
    std::optional<ucm_ways> ways_;  // of the calls from its start on
    fault_plan faults_;
    milliseconds delay_;
    line_file truth_;
    line_file requests_;
    std::uint64_t told_ = 0;  // rows of the truth
    std::uint64_t request_count_ = 0;
    http_server server_;
    control_port control_;
    timer growth_;
    std::vector<std::unique_ptr<late_answer>> late_;
    std::array<poll_question, asked_count_max> asked_{};
    std::size_t next_asked_ = 0;
    std::vector<std::unique_ptr<uv_signal_t>> signals_;
    bool stopping_ = false;
};

void add_options(CLI::App& app, pbx_api_plan& plan) {
    app.add_option("--family", plan.family, "whose API")
        ->check(CLI::IsMember({"nexo", "fiberme", "grandstream", "voipmonitor"}))
        ->capture_default_str();
    app.add_option("--listen", plan.listen, "ADDRESS:PORT")->capture_default_str();
    app.add_flag("--plain", plan.plain, "HTTP instead of HTTPS");
    app.add_option("--certificate", plan.certificate, "for HTTPS, PEM; else it makes one");
    app.add_option("--key", plan.key, "its private key, PEM");
    app.add_option("--certificate-file", plan.certificate_file,
                   "where the certificate that it makes is written");
    app.add_flag("--expired", plan.expired, "the certificate that it makes has expired");
    app.add_option("--username", plan.pbx.username, "of the API")->capture_default_str();
    app.add_option("--password", plan.pbx.password, "of the API")->capture_default_str();
    app.add_option("--session-life", plan.pbx.session_life_s, "seconds")->capture_default_str();
    app.add_option("--cdrs", plan.table.initial_count, "at the start")->capture_default_str();
    app.add_option("--days", plan.table.days, "over which those are spread")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--rate", plan.table.calls_per_second, "calls that end, per second")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    app.add_option("--calls", plan.table.count_max, "no more than so many; 0: no end");
    app.add_option("--call-seconds", plan.table.duration_max_s, "a call's longest time")
        ->check(CLI::Range(1, 86'400))
        ->capture_default_str();
    app.add_option("--recording-delay", plan.pbx.recording_delay_s,
                   "until a call that ended has its recording, seconds");
    app.add_option("--utc-offset", plan.utc_offset_h, "of the PBX's clock, hours");
    app.add_option("--seed", plan.table.seed, "of the calls")->capture_default_str();
    app.add_option("--delay", plan.delay_ms, "before each answer, ms");
    app.add_option("--fail-every", plan.fail_every, "one answer in so many goes wrong; 0: none");
    app.add_option("--refuse", plan.refuse, "none, password, locked, permission, disabled")
        ->check(CLI::IsMember(std::vector<std::string>(refusals.begin(), refusals.end())));
    app.add_option("--truth", plan.truth, "file: a line of JSON for each call that ended");
    app.add_option("--requests", plan.requests, "file: a line of JSON for each request");
    app.add_option("--control", plan.control_port, "port of the commands; 0: any");
    app.add_option("--manager", plan.manager,
                   "grandstream: [ADDRESS:]PORT of its AMI, for the same user; 0: any");
    app.add_option("--push", plan.push_url, "grandstream: URL to which it pushes its CDRs");
    app.add_option("--push-token", plan.push.token, "bearer token of the pushes");
    app.add_option("--tell-delay", plan.tell_delay_ms,
                   "the longest that AMI and push take to tell a CDR, ms");
}

// The certificate's directory is gone with the program; only the copy asked for stays.
bool make_certificate(pbx_api_plan& plan, std::string& directory) {
    plan.makes_certificate = true;
    std::string made = (std::filesystem::temp_directory_path() / "callstream-sim-XXXXXX").string();
    if (mkdtemp(made.data()) == nullptr) return false;
    directory = made;
    plan.certificate =
        plan.certificate_file.empty() ? made + "/certificate.pem" : plan.certificate_file;
    plan.key = made + "/key.pem";
    return write_certificate(plan.certificate, plan.key, plan.expired ? 0 : certificate_days);
}

bool understand_ways(pbx_api_plan& plan) {
    const bool none = plan.manager.empty() && plan.push_url.empty();
    if (none || plan.family != "grandstream") return none;
    if (plan.push_url.empty()) return true;
    const auto to = parse_url(plan.push_url, 80);
    if (to) plan.push.to = *to;
    return to.has_value();
}

}  // namespace

int run_pbx_api(int argc, char** argv) {
    pbx_api_plan plan;
    CLI::App app(
        "Plays the API of a PBX that is asked for its calls. Prints its ports; one command a line "
        "on the control port:\nstate, forget (all sessions), add N (calls), delay MS, fail N, "
        "renew, expire (the certificate), refuse KIND, "
        "fault server-error|page|mistaken|cut|cut-gzip|busy|empty|huge (once), "
        "faults KIND (until: none)",
        "callstream-sim pbx-api");
    add_options(app, plan);
    CLI11_PARSE(app, argc, argv);
    plan.pbx.seed = plan.table.seed;
    plan.pbx.offset_s = static_cast<std::int64_t>(plan.utc_offset_h * 3600);
    if (!understand_ways(plan)) {
        fmt::print(stderr,
                   "callstream-sim: --manager and --push want --family grandstream, and "
                   "--push a URL\n");
        return 64;
    }
    std::string directory;
    if (!plan.plain && plan.certificate.empty() && !make_certificate(plan, directory)) {
        fmt::print(stderr, "callstream-sim: cannot write its certificate\n");
        return 1;
    }
    const int exit_code = played_pbx_api(plan).run();
    if (!directory.empty()) std::filesystem::remove_all(directory);
    return exit_code;
}

}  // namespace callstream::sim
