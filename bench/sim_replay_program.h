// A recorded capture, played to one client at a time.
//
// Lifetime: outlives the sessions it plays to.
// Threads:  the loop's.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bench/sim_session.h"
#include "core/result.h"

namespace callstream::sim {

// A capture: the bytes of an AMI socket, and how they were cut into segments, and when.
struct capture {
    struct segment {
        duration at{};  // since the first
        std::size_t begin = 0;
        std::size_t size = 0;
    };
    std::string bytes;
    std::vector<segment> segments;
    std::size_t begin = 0;  // behind banner and login
};

// Reads PATH and, where it exists, the .segments.jsonl beside it.
result<capture> load_capture(const std::string& path);

struct replay_settings {
    double speed = 0;  // 0: as fast as the client reads
    unsigned loops = 1;
};

// One capture to one client at a time. Who comes after a connection that ended gets what follows,
// from the next whole message on: the rest was lost, as it would be.
class replay_program final : public program {
public:
    replay_program(loop& owner, capture recorded, const replay_settings& settings);

    void on_login(session& client) override;
    void on_ready(session& client) override;
    void on_drained(session& client) override;
    void on_gone(session& client) override;
    void stop() noexcept override { timer_.stop(); }

    bool finished() const { return loops_left_ == 0; }

private:
    void send_due();
    void send_until(std::size_t end);
    void end_loop();
    void start_clock();
    bool is_due(const capture::segment& one) const;
    duration time_of(const capture::segment& one) const;
    duration elapsed() const;
    std::size_t next_message(std::size_t from) const;

    timer timer_;
    capture recorded_;
    replay_settings settings_;
    unsigned loops_left_;
    std::size_t position_;
    session* client_ = nullptr;
    bool ready_ = false;
    timestamp clock_start_{};
    duration resumed_at_{};
};

}  // namespace callstream::sim
