// Made-up calls, played to any number of clients.
//
// Lifetime: outlives the sessions it plays to.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "bench/sim_plan.h"
#include "bench/sim_session.h"
#include "bench/sim_version_1.h"

namespace callstream::sim {

// Made-up calls, the same for every client, from the first client's login on. They go on while
// nobody is connected, as calls do.
class calls_program final : public program {
public:
    // `time_scale` times as fast as the clock; event times run ahead of it accordingly.
    calls_program(loop& owner, const pbx_settings& exchange, const plan_settings& plan,
                  double time_scale);

    void on_login(session& client) override;
    void on_ready(session& client) override;
    void on_drained(session&) override {}
    void on_gone(session& client) override;
    void stop() noexcept override { timer_.stop(); }
    shown_pbx shown() const override { return {&world_->place, version_1_.get(), time()}; }

    // For a server that gives each connection a PBX of its own.
    void claim() { ++claim_count_; }
    bool claimed() const { return claim_count_ > 0; }

    // The machine's end and beginning: all calls are gone, and no event said so.
    void restart();
    void reload();  // its configuration
    void set_skew(duration skew);
    void raise_user_event(std::string_view name);

    bool finished() const { return started_ && !world_->plan.next_due(); }
    const call_plan& plan() const { return world_->plan; }
    const std::map<std::string, std::uint64_t>& event_counts() const { return event_counts_; }

private:
    // What ends with the machine.
    struct world {
        world(const pbx_settings& exchange, const plan_settings& planned, timestamp start,
              pbx::event_receiver on_event)
            : place(exchange, start, std::move(on_event)), plan(planned, place, start) {}

        office place;
        call_plan plan;
    };

    std::unique_ptr<world> make_world();
    std::unique_ptr<version_1_voice> make_voice();
    timestamp time() const;
    timestamp true_time() const;
    void run();
    void tell(const event_view& event);
    void flush();

    timer timer_;
    const pbx_settings exchange_;
    const plan_settings planned_;
    const timestamp start_;
    timestamp booted_;
    double time_scale_;
    std::optional<timestamp> clock_start_;
    std::unique_ptr<version_1_voice> version_1_;  // or null
    duration skew_{0};
    std::unique_ptr<world> world_;
    std::set<session*> clients_;
    std::map<std::string, std::uint64_t> event_counts_;
    unsigned claim_count_ = 0;
    bool started_ = false;
};

}  // namespace callstream::sim
