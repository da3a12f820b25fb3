#include "bench/sim_calls_program.h"

#include <algorithm>

namespace callstream::sim {

calls_program::calls_program(loop& owner, const pbx_settings& exchange, const plan_settings& plan,
                             double time_scale)
    : timer_(owner, [this] { run(); }),
      start_(callstream::now()),
      time_scale_(time_scale),
      version_1_(exchange.version_1 ? std::make_unique<version_1_voice>(
                                          exchange.seed, exchange.stamped,
                                          [this](const event_view& event) { tell(event); })
                                    : nullptr),
      office_(exchange, start_,
              [this](const event_view& event) {
                  version_1_ ? version_1_->hear(event, office_.exchange.now()) : tell(event);
              }),
      plan_(plan, office_, start_) {}

void calls_program::tell(const event_view& event) {
    ++event_counts_[std::string(event.name)];
    plan_.count(event);
    for (session* client : clients_)
        client->send(event);
}

timestamp calls_program::time() const {
    if (!clock_start_) return start_;
    const auto passed = callstream::now() - *clock_start_;
    return start_ +
           duration(static_cast<duration::rep>(static_cast<double>(passed.count()) * time_scale_));
}

void calls_program::on_login(session& client) {
    clients_.insert(&client);
    event_text text;
    text.begin("FullyBooted", event_class::system, time());
    const auto up = std::chrono::floor<std::chrono::seconds>(time() - start_).count();
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

void calls_program::run() {
    plan_.run_until(time());
    if (version_1_) version_1_->flush();
    const std::set<session*> clients = clients_;
    for (session* client : clients)
        client->flush();
    const auto next = plan_.next_due();
    if (!next) return;
    const double wait = static_cast<double>((*next - time()).count()) / time_scale_ / 1'000;
    timer_.start(std::chrono::milliseconds(std::max(1, static_cast<int>(wait) + 1)));
}

}  // namespace callstream::sim
