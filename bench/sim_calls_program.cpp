#include "bench/sim_calls_program.h"

#include <algorithm>

namespace callstream::sim {

calls_program::calls_program(loop& owner, const pbx_settings& exchange, const plan_settings& plan,
                             double time_scale)
    : timer_(owner, [this] { run(); }),
      exchange_(exchange),
      planned_(plan),
      start_(callstream::now()),
      booted_(start_),
      time_scale_(time_scale),
      version_1_(make_voice()),
      world_(make_world()) {}

std::unique_ptr<version_1_voice> calls_program::make_voice() {
    if (!exchange_.version_1) return nullptr;
    return std::make_unique<version_1_voice>(exchange_.seed, exchange_.stamped,
                                             [this](const event_view& event) { tell(event); });
}

std::unique_ptr<calls_program::world> calls_program::make_world() {
    return std::make_unique<world>(exchange_, planned_, booted_, [this](const event_view& event) {
        version_1_ ? version_1_->hear(event, world_->place.exchange.now()) : tell(event);
    });
}

void calls_program::tell(const event_view& event) {
    ++event_counts_[std::string(event.name)];
    world_->plan.count(event);
    for (session* client : clients_)
        client->send(event);
}

timestamp calls_program::true_time() const {
    if (!clock_start_) return start_;
    const auto passed = callstream::now() - *clock_start_;
    return start_ +
           duration(static_cast<duration::rep>(static_cast<double>(passed.count()) * time_scale_));
}

timestamp calls_program::time() const {
    return true_time() + skew_;
}

void calls_program::on_login(session& client) {
    clients_.insert(&client);
    event_text text(exchange_.stamped);
    text.begin("FullyBooted", event_class::system, time());
    const auto up = std::chrono::floor<std::chrono::seconds>(true_time() - booted_).count();
    if (!version_1_) text.add("Uptime", up).add("LastReload", up);
    text.add("Status", "Fully Booted");
    client.send(text.end());
}

void calls_program::on_ready(session&) {
    if (started_) return;
    started_ = true;
    clock_start_ = callstream::now();
    run();
}

void calls_program::on_gone(session& client) {
    clients_.erase(&client);
    if (claim_count_ > 0) --claim_count_;
}

void calls_program::flush() {
    if (version_1_) version_1_->flush();
    const std::set<session*> clients = clients_;
    for (session* client : clients)
        client->flush();
}

void calls_program::run() {
    world_->plan.run_until(true_time());
    flush();
    const auto next = world_->plan.next_due();
    if (!next) return;
    const double wait = static_cast<double>((*next - true_time()).count()) / time_scale_ / 1'000;
    timer_.start(std::chrono::milliseconds(std::max(1, static_cast<int>(wait) + 1)));
}

void calls_program::restart() {
    booted_ = true_time();
    version_1_ = make_voice();
    world_ = make_world();
    world_->place.exchange.set_skew(skew_);
    if (started_) run();
}

void calls_program::reload() {
    world_->place.exchange.set_now(true_time());
    world_->place.exchange.begin("Reload", event_class::system)
        .add("Module", "All")
        .add("Status", 0);
    world_->place.exchange.raise();
    flush();
}

void calls_program::set_skew(duration skew) {
    skew_ = skew;
    world_->place.exchange.set_skew(skew);
}

void calls_program::raise_user_event(std::string_view name) {
    world_->place.exchange.set_now(true_time());
    world_->place.exchange.begin("UserEvent", event_class::user).add("UserEvent", name);
    world_->place.exchange.raise();
    flush();
}

}  // namespace callstream::sim
