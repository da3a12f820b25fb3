// One connection of a PBX that pushes reports: each is sent again until it is answered 200, as a
// PBX does, and only then the next.
//
// Lifetime: settings and counts outlive it; close() it and let the loop run before the end.
// Threads:  the loop's.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/config_value.h"
#include "core/loop.h"
#include "core/stream.h"

namespace callstream::sim {

struct sender_settings {
    url to;
    std::string token;  // sent as a bearer's
    unsigned retry_ms = 50;
    unsigned patience_ms = 5000;
    bool fresh_connections = false;  // one for each report
};

struct sender_counts {
    std::uint64_t reports = 0;   // answered 200
    std::uint64_t repeated = 0;  // sent again
    std::uint64_t gave_up = 0;   // answered 4xx
};

class report_sender final : private stream_handler {
public:
    // `on_idle`: all that was given is answered; may give() more, now or later, or close().
    report_sender(loop& home, const sender_settings& settings, sender_counts& counts,
                  std::function<void()> on_idle);

    void give(std::vector<std::string> reports);  // only when idle
    void close();

private:
    void go_on();
    void send();
    void take(const std::string& status);
    void next();

    void on_open() override;
    std::span<char> on_space() override { return room_; }
    void on_bytes(std::size_t size) override;
    void on_closed(const error& reason) override;

    const sender_settings& settings_;
    sender_counts& counts_;
    std::function<void()> on_idle_;
    stream_settings connection_settings_;
    stream connection_;
    timer retry_;
    timer patience_;
    std::vector<std::string> reports_;
    std::size_t next_ = 0;
    std::array<char, 4096> room_{};
    std::string answer_;
    bool connecting_ = false;
    bool connected_ = false;
    bool waiting_ = false;  // for an answer
    bool done_ = false;
};

}  // namespace callstream::sim
