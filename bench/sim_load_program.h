// Load: the events of a block of made-up calls, over and over, each round with uniqueids of its
// own, as fast as the clients read or at a fixed rate.
//
// Lifetime: outlives the sessions it plays to.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/sim_plan.h"
#include "bench/sim_session.h"

namespace callstream::sim {

struct load_settings {
    std::uint64_t event_count = 1'000'000;  // over all clients
    double events_per_second = 0;           // over all clients; 0: as fast as they read
    std::size_t client_count = 1;           // waits until that many are ready
    std::size_t call_count = 200;           // in a block
    std::vector<double> mix;
    std::uint32_t seed = 1;
    bool stamped = false;
};

// The text of some calls, from the first to the last event, and where in it to write what changes.
struct load_block {
    std::string text;
    std::vector<std::size_t> event_ends;
    std::vector<std::size_t> rounds;  // of the round's number, ten digits
    std::vector<std::size_t> stamps;  // of the Timestamp's value
};

load_block make_load_block(const load_settings& settings, event_mask mask);

class load_program final : public program {
public:
    load_program(loop& owner, const load_settings& settings);

    void on_login(session& client) override;
    void on_ready(session& client) override;
    void on_drained(session& client) override;
    void on_gone(session& client) override { clients_.erase(&client); }
    void stop() noexcept override { timer_.stop(); }

    bool finished() const { return finished_at_ > timestamp{}; }
    double elapsed_seconds() const;  // from the first event to the last byte's leaving

private:
    struct progress {
        const load_block* block = nullptr;
        std::uint64_t round = 0;
        std::size_t next_event = 0;
        bool ready = false;
    };
    void send_due();
    void send_some(session& client, progress& state, std::size_t event_count_max);
    const load_block& block_for(const session& client);

    timer timer_;
    load_settings settings_;
    std::map<event_mask, load_block> blocks_;
    std::map<session*, progress> clients_;
    std::string chunk_;
    std::uint64_t round_count_ = 0;
    std::uint64_t events_left_;
    std::uint64_t rotation_ = 0;
    timestamp started_at_{};
    timestamp finished_at_{};
};

}  // namespace callstream::sim
