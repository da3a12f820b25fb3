#include "bench/sim_plan.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace callstream::sim {

struct call_plan::playing {
    explicit playing(office& where) : acts(where) {}

    call acts;
    script steps;
    std::size_t next = 0;
    timestamp due{};
    call_report report{};
    std::size_t report_index = 0;
};

call_plan::call_plan(const plan_settings& settings, office& where, timestamp start)
    : settings_(settings), office_(where), start_(start), next_arrival_(start) {}

call_plan::~call_plan() = default;

std::optional<timestamp> call_plan::next_due() const {
    if (due_.empty()) return next_arrival_;
    const timestamp first = due_.top().time;
    return next_arrival_ ? std::min(first, *next_arrival_) : first;
}

void call_plan::run_until(timestamp time) {
    for (auto next = next_due(); next && *next <= time; next = next_due()) {
        office_.exchange.set_now(*next);
        if (next_arrival_ == next) {
            arrive();
        } else {
            playing& one = *due_.top().what;
            due_.pop();
            advance(one);
        }
    }
    office_.exchange.set_now(time);
}

void call_plan::arrive() {
    std::mt19937& random = office_.exchange.random();
    std::discrete_distribution<std::size_t> choice(settings_.mix.begin(), settings_.mix.end());
    const scenario& kind = all_scenarios()[choice(random)];

    auto made = std::make_unique<playing>(office_);
    made->steps = kind.write(random);
    made->due = *next_arrival_;
    made->report.kind = &kind;
    made->report.started = *next_arrival_;
    made->report_index = reports_.size();
    if (reports_.size() < settings_.reports_max) reports_.push_back(made->report);
    ++totals_[kind.name].started;
    playing& added = *made;
    playing_.emplace(&added, std::move(made));
    schedule(added);

    const double gap = std::exponential_distribution<double>(settings_.calls_per_second)(random);
    *next_arrival_ += duration(static_cast<duration::rep>(gap * 1e6));
    const bool enough = ++arrived_ == settings_.calls_max;
    const bool late = settings_.arrivals && *next_arrival_ - start_ > *settings_.arrivals;
    if (enough || late) next_arrival_.reset();
}

void call_plan::schedule(playing& one) {
    one.due += one.steps[one.next].after;
    due_.push({one.due, order_++, &one});
}

void call_plan::advance(playing& one) {
    acting_ = &one;
    one.steps[one.next++].act(one.acts);
    acting_ = nullptr;
    one.report.linkedids = one.acts.linkedids();
    if (one.next < one.steps.size()) {
        if (one.report_index < settings_.reports_max) reports_[one.report_index] = one.report;
        schedule(one);
    } else {
        end(one);
    }
}

void call_plan::end(playing& one) {
    one.report.finished = true;
    one.report.ended = one.due;
    if (one.report_index < settings_.reports_max) reports_[one.report_index] = one.report;
    scenario_totals& total = totals_[one.report.kind->name];
    ++total.ended;
    total.event_count += one.report.event_count;
    total.cdr_count += one.report.cdr_count;
    playing_.erase(&one);
}

void call_plan::count(const event_view& event) {
    if (acting_ == nullptr) return;
    ++acting_->report.event_count;
    if (event.name == "Cdr") ++acting_->report.cdr_count;
}

}  // namespace callstream::sim
