// A stream's handler that keeps what it was told, and runs the loop until enough of it came.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "core/loop.h"
#include "core/stream.h"

namespace callstream::test {

struct stream_recorder final : stream_handler {
    explicit stream_recorder(loop& owner) : home(owner) {}

    void on_open() override {
        ++open_count;
        if (when_open) when_open();
    }
    std::span<char> on_space() override { return std::span(room).first(space_size); }
    void on_bytes(std::size_t size) override {
        received.append(room.data(), size);
        if (when_bytes) when_bytes();
    }
    void on_idle() override { ++idle_count; }
    void on_drained() override { ++drained_count; }
    void on_closed(const error& reason) override {
        closed = reason;
        ++closed_count;
        if (when_closed) when_closed();
    }

    // Gives up after ten seconds.
    bool run_until(const std::function<bool()>& reached) {
        bool late = false;
        timer guard(home, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        while (!late && !reached())
            home.run_once();
        return !late;
    }
    bool run_until_closed() {
        return run_until([this] { return closed.has_value(); });
    }
    bool run_until_open() {
        return run_until([this] { return open_count > 0 || closed.has_value(); }) && !closed;
    }

    loop& home;
    std::size_t space_size = 64;
    std::array<char, 65536> room{};
    std::string received;
    int open_count = 0;
    int idle_count = 0;
    int drained_count = 0;
    int closed_count = 0;
    std::optional<error> closed;
    std::function<void()> when_open;
    std::function<void()> when_bytes;
    std::function<void()> when_closed;
};

inline stream_settings loopback_settings(std::uint16_t port) {
    stream_settings settings;
    settings.host = "127.0.0.1";
    settings.port = port;
    return settings;
}

}  // namespace callstream::test
