// SIGTERM and SIGINT as a call on the loop. A second one ends the process at once, as a person at a
// keyboard expects.
//
// Threads: the loop's. Once for each process.
#pragma once

#include <array>
#include <functional>

#include <uv.h>

#include "core/loop.h"

namespace callstream::app {

class stop_signals {
public:
    stop_signals(loop& owner, std::function<void()> call);
    stop_signals(const stop_signals&) = delete;
    stop_signals& operator=(const stop_signals&) = delete;

    // The object outlives the loop's turn behind this. Again: nothing.
    void close();

private:
    static void on_signal(uv_signal_t* handle, int number) noexcept;

    std::function<void()> call_;
    std::array<uv_signal_t, 2> handles_{};
};

}  // namespace callstream::app
