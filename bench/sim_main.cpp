// callstream-sim: an Asterisk without telephones.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/sim_api.h"
#include "bench/sim_control.h"
#include "bench/sim_options.h"
#include "bench/sim_pbx_api.h"
#include "bench/sim_push.h"
#include "bench/sim_summary.h"
#include "bench/sim_truth.h"

namespace callstream::sim {

namespace {

constexpr std::chrono::milliseconds look_every{20};

class simulation {
public:
    explicit simulation(const options& chosen)
        : options_(chosen),
          random_(chosen.seed),
          server_({loop_, options_.session, counters_, random_}),
          control_(loop_, [this](std::string_view line) { return obey(line); }),
          watch_(loop_, [this] { look(); }) {
        for (const int signal : {SIGINT, SIGTERM})
            end_on(signal);
    }

    int run() {
        if (const auto started = start(); !started) {
            fmt::print(stderr, "callstream-sim: {} {}\n", started.error().what,
                       started.error().sys != 0 ? uv_strerror(started.error().sys) : "");
            stop();
            loop_.run();
            return 1;
        }
        watch_.repeat(look_every);
        loop_.run();
        return write_summary() ? 0 : 1;
    }

private:
    result<void> start() {
        if (options_.mode == play_mode::load)
            load_ = std::make_unique<load_program>(loop_, options_.load);
        for (std::size_t index = 0; index < options_.listen.size(); ++index) {
            auto choose = chooser(index);
            if (!choose) return tl::unexpected(choose.error());
            const auto port = server_.listen(options_.listen[index], std::move(*choose));
            if (!port) return tl::unexpected(port.error());
            fmt::print("listening {}:{}\n", options_.listen[index].host, *port);
        }
        if (options_.control) {
            const auto port = control_.listen(*options_.control);
            if (!port) return tl::unexpected(port.error());
            fmt::print("control 127.0.0.1:{}\n", *port);
        }
        std::fflush(stdout);
        return {};
    }

    result<server::program_chooser> chooser(std::size_t index) {
        if (load_ != nullptr)
            return server::program_chooser([this]() -> program& { return *load_; });
        if (options_.mode == play_mode::replay) {
            auto recorded = load_capture(options_.captures[index]);
            if (!recorded) return tl::unexpected(recorded.error());
            replays_.push_back(
                std::make_unique<replay_program>(loop_, std::move(*recorded), options_.replay));
            return server::program_chooser(
                [played = replays_.back().get()]() -> program& { return *played; });
        }
        if (options_.pbx_per_connection)
            return server::program_chooser([this]() -> program& { return unclaimed(); });
        return server::program_chooser(
            [played = &add_exchange(options_.listen.size() > 1)]() -> program& { return *played; });
    }

    calls_program& add_exchange(bool named) {
        const auto number = static_cast<std::uint32_t>(exchanges_.size());
        pbx_settings settings;
        if (named) settings.system_name = fmt::format("pbx{}", number + 1);
        settings.seed = options_.seed + number;
        settings.stamped = options_.stamped;
        settings.version_1 = options_.version_1;
        exchanges_.push_back(
            std::make_unique<calls_program>(loop_, settings, options_.plan, options_.time_scale));
        return *exchanges_.back();
    }

    // The first PBX that no connection watches; a new one when all are taken.
    calls_program& unclaimed() {
        calls_program* found = nullptr;
        for (const auto& one : exchanges_)
            if (found == nullptr && !one->claimed()) found = one.get();
        if (found == nullptr) found = &add_exchange(true);
        found->claim();
        return *found;
    }

    // A command of the control port, for made-up calls of one PBX; its answer.
    std::string obey(std::string_view line) {
        if (exchanges_.empty()) return R"({"error":"no made-up calls"})";
        calls_program& exchange = *exchanges_.front();
        const std::string_view command = line.substr(0, line.find(' '));
        const std::string_view rest = line.substr(std::min(line.size(), command.size() + 1));
        if (command == "state") return truth_of(exchange.shown());
        if (command == "mark") {
            exchange.raise_user_event(rest);
            return truth_of(exchange.shown());
        }
        if (command == "cut" && rest == "inside") {
            server_.for_each([](session& one) { one.cut_inside_event(); });
        } else if (command == "cut") {
            server_.for_each([](session& one) { one.close(); });
        } else if (command == "silent") {
            server_.for_each([](session& one) { one.fall_silent(); });
        } else if (command == "restart") {
            server_.for_each([](session& one) { one.close(); });
            exchange.restart();
        } else if (command == "reload") {
            exchange.reload();
        } else if (command == "skew") {
            int seconds = 0;
            std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
            exchange.set_skew(std::chrono::seconds(seconds));
        } else {
            return R"({"error":"unknown command"})";
        }
        return R"({"done":true})";
    }

    bool finished() const {
        if (load_ != nullptr) return load_->finished();
        bool all = !replays_.empty() || !exchanges_.empty();
        for (const auto& one : replays_)
            all = all && one->finished();
        for (const auto& one : exchanges_)
            all = all && one->finished();
        return all;
    }

    void look() {
        if (!finished()) return;
        if (options_.exit_when_done) return stop();
        write_summary();
        watch_.stop();
    }

    bool write_summary() {
        if (std::exchange(summary_written_, true)) return true;
        summary played;
        played.finished = finished();
        played.sessions = counters_;
        played.load = load_.get();
        for (const auto& one : exchanges_)
            played.exchanges.push_back(one.get());
        std::FILE* const file =
            options_.summary == "-" ? stdout : std::fopen(options_.summary.c_str(), "w");
        if (file == nullptr) {
            fmt::print(stderr, "callstream-sim: cannot write {}\n", options_.summary);
            return false;
        }
        fmt::print(file, "{}", to_json(played));
        return (file == stdout ? std::fflush(file) : std::fclose(file)) == 0;
    }

    void end_on(int signal) {
        auto handle = std::make_unique<uv_signal_t>();
        uv_signal_init(loop_.native(), handle.get());
        handle->data = this;
        uv_signal_start(
            handle.get(),
            [](uv_signal_t* raised, int) noexcept {
                static_cast<simulation*>(raised->data)->stop();
            },
            signal);
        signals_.push_back(std::move(handle));
    }

    void stop() {
        if (std::exchange(stopping_, true)) return;
        server_.stop();
        control_.stop();
        watch_.stop();
        if (load_ != nullptr) load_->stop();
        for (const auto& one : exchanges_)
            one->stop();
        for (const auto& one : replays_)
            one->stop();
        for (const auto& one : signals_)
            uv_close(reinterpret_cast<uv_handle_t*>(one.get()), nullptr);
    }

    options options_;
    loop loop_;
    std::mt19937 random_;
    session_counters counters_;
    std::vector<std::unique_ptr<uv_signal_t>> signals_;
    std::unique_ptr<load_program> load_;
    std::vector<std::unique_ptr<calls_program>> exchanges_;
    std::vector<std::unique_ptr<replay_program>> replays_;
    server server_;
    control_port control_;
    timer watch_;
    bool summary_written_ = false;
    bool stopping_ = false;
};

}  // namespace

}  // namespace callstream::sim

int main(int argc, char** argv) {
    if (argc > 1 && std::string_view(argv[1]) == "push")
        return callstream::sim::run_push(argc - 1, argv + 1);
    if (argc > 1 && std::string_view(argv[1]) == "api")
        return callstream::sim::run_api(argc - 1, argv + 1);
    if (argc > 1 && std::string_view(argv[1]) == "pbx-api")
        return callstream::sim::run_pbx_api(argc - 1, argv + 1);
    int exit_code = 0;
    const auto chosen = callstream::sim::parse_options(argc, argv, exit_code);
    if (!chosen) return exit_code;
    return callstream::sim::simulation(*chosen).run();
}
