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
    const office* live() const override { return &office_; }
    timestamp time() const override;

    // For a server that gives each connection a PBX of its own.
    void claim() { ++claim_count_; }
    bool claimed() const { return claim_count_ > 0; }

    bool finished() const { return started_ && !plan_.next_due(); }
    const call_plan& plan() const { return plan_; }
    const std::map<std::string, std::uint64_t>& event_counts() const { return event_counts_; }

private:
    void run();
    void tell(const event_view& event);

    timer timer_;
    timestamp start_;
    double time_scale_;
    std::optional<timestamp> clock_start_;
    std::unique_ptr<version_1_voice> version_1_;  // or null
    office office_;
    call_plan plan_;
    std::set<session*> clients_;
    std::map<std::string, std::uint64_t> event_counts_;
    unsigned claim_count_ = 0;
    bool started_ = false;
};

}  // namespace callstream::sim
