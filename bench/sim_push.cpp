#include "bench/sim_push.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "bench/sim_reports.h"
#include "bench/sim_sender.h"

namespace callstream::sim {

namespace {

using std::chrono::milliseconds;

struct push_plan {
    std::string to;
    std::string shape = "all";
    std::uint64_t call_count = 100;
    double calls_per_second = 0;
    unsigned connection_count = 8;
    sender_settings sender;
};

// Calls one after the other for each connection, as many at once as there are connections.
class push_program {
public:
    push_program(loop& home, const push_plan& plan)
        : home_(home), plan_(plan), start_(home.time()) {
        for (unsigned i = 0; i < plan.connection_count; ++i) {
            lines_.push_back(std::make_unique<line>());
            line& made = *lines_.back();
            made.due = std::make_unique<timer>(home_, [this, &made] { call(made); });
            made.sender = std::make_unique<report_sender>(home_, plan_.sender, counts_,
                                                          [this, &made] { next_call(made); });
        }
        for (const auto& each : lines_)
            next_call(*each);
    }

    const sender_counts& counts() const noexcept { return counts_; }

private:
    struct line {
        std::unique_ptr<timer> due;
        std::unique_ptr<report_sender> sender;
        std::uint64_t number = 0;
    };

    void next_call(line& on) {
        if (next_call_ == plan_.call_count) return on.sender->close();
        on.number = next_call_++;
        if (plan_.calls_per_second <= 0) return call(on);
        const milliseconds due =
            start_ + milliseconds(static_cast<std::int64_t>(
                         1000.0 * static_cast<double>(on.number) / plan_.calls_per_second));
        on.due->start(std::max(due - home_.time(), milliseconds(0)));
    }

    void call(line& on) {
        const auto outcome = static_cast<push_outcome>(on.number % push_outcome_count);
        const auto shapes = report_shape_names.size();
        std::size_t shape = on.number / push_outcome_count % shapes;
        for (std::size_t i = 0; i < shapes; ++i)
            if (report_shape_names[i] == plan_.shape) shape = i;
        on.sender->give(reports_of_call(on.number, outcome, static_cast<report_shape>(shape)));
    }

    loop& home_;
    const push_plan& plan_;
    milliseconds start_;
    std::uint64_t next_call_ = 0;
    sender_counts counts_;
    std::vector<std::unique_ptr<line>> lines_;
};

int push(push_plan& plan) {
    const auto to = parse_url(plan.to, 80);
    if (!to) {
        fmt::print(stderr, "callstream-sim: the URL {}\n", to.error().what);
        return 64;
    }
    plan.sender.to = *to;
    loop home;
    sender_counts counts;
    {
        push_program program(home, plan);
        home.run();  // until every connection is closed
        counts = program.counts();
    }
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
    app.add_option("--token", plan.sender.token, "bearer token");
    app.add_option("--retry", plan.sender.retry_ms, "wait before a report is sent again, ms")
        ->capture_default_str();
    app.add_option("--patience", plan.sender.patience_ms, "wait for an answer, ms")
        ->capture_default_str();
    app.add_flag("--fresh-connections", plan.sender.fresh_connections,
                 "a connection for each report");
    CLI11_PARSE(app, argc, argv);
    return push(plan);
}

}  // namespace callstream::sim
