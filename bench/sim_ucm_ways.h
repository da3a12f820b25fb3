// The ways in which a played UCM tells of the calls of its table by itself: its manager interface
// while they go on, and its CDR real-time output over HTTP when they have ended.
//
// A CDR is told some time after its call, in each of the two at a time of its own, so that any of
// them, or a poll, may be the first.
//
// Lifetime: the parts outlive both; stop() or close() them before the loop ends.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "bench/sim_call.h"
#include "bench/sim_poll_family.h"
#include "bench/sim_sender.h"
#include "bench/sim_session.h"
#include "bench/sim_ucm_records.h"

namespace callstream::sim {

// The rows of a table, each once it ended and its own delay is over.
class ucm_ended_calls {
public:
    // Rows that the table has already are not told. `way` makes the delays another's.
    ucm_ended_calls(const cdr_table& table, std::uint32_t delay_max_ms, std::uint32_t way)
        : table_(table), delay_max_ms_(delay_max_ms), way_(way), seen_(table.count()) {}

    void take(std::int64_t now_ms, const std::function<void(const sim_cdr& row)>& tell);

private:
    const cdr_table& table_;
    std::uint32_t delay_max_ms_;
    std::uint32_t way_;
    std::uint64_t seen_;
    std::multimap<std::int64_t, std::uint64_t> due_;  // numbers by when they are told
};

class ucm_manager final : public program {
public:
    ucm_manager(const played_pbx& pbx, std::uint32_t delay_max_ms);

    void on_login(session& client) override;
    void on_ready(session&) override {}
    void on_drained(session&) override {}
    void on_gone(session& client) override { clients_.erase(&client); }
    void stop() noexcept override { clients_.clear(); }
    shown_pbx shown() const override { return {&place_, nullptr, callstream::now()}; }

    void tell(std::int64_t now_ms);  // what has happened until then

private:
    struct live_call {
        sim_cdr row;
        channel* from = nullptr;
        channel* to = nullptr;
        bridge* talk = nullptr;
    };

    void begin(const sim_cdr& row);
    void answer(live_call& call);
    void end(live_call& call);
    void tell_record(const ucm_record& record);

    const played_pbx& pbx_;
    std::set<session*> clients_;
    office place_;
    ucm_ended_calls ended_;
    std::int64_t looked_s_ = 0;  // calls begin in whole seconds
    std::uint64_t hung_up_;      // all calls up to this number
    std::map<std::uint64_t, live_call> live_;
};

class ucm_pusher {
public:
    ucm_pusher(loop& home, const played_pbx& pbx, const sender_settings& to,
               std::uint32_t delay_max_ms);

    void tell(std::int64_t now_ms);
    void close() { sender_.close(); }
    const sender_counts& counts() const noexcept { return counts_; }

private:
    void give();

    const played_pbx& pbx_;
    ucm_ended_calls ended_;
    std::vector<std::string> waiting_;
    bool is_idle_ = true;
    sender_counts counts_;
    report_sender sender_;
};

}  // namespace callstream::sim
