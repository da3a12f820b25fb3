// An event loop of libuv on one thread, its timers, and wake-ups from other threads.
//
// A process with a loop ignores SIGPIPE: a peer that went away is an error of the write.
//
// Threads: construct anywhere, then everything on the thread that calls run(), but
//          wakeup::notify(), which any thread may call.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <span>

#include <uv.h>

namespace callstream {

class loop {
public:
    loop();
    ~loop();  // what it ran is destroyed: the last handles finish closing here, or it aborts
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    uv_loop_t* native() noexcept { return &native_; }
    void run();        // until no handle is active
    bool run_once();   // one turn, waiting for an event; false when no handle is active
    void run_ready();  // one turn without waiting
    std::chrono::milliseconds time() const noexcept;  // monotonic, cached for the turn
    void ensure_here() const noexcept;  // aborts on any thread but the one that ran it first
    // For bytes that do not outlive the callback; one block for all that runs on this loop.
    std::span<char> scratch();

private:
    void bind() noexcept;

    uv_loop_t native_;
    uv_thread_t thread_{};
    bool bound_ = false;
    std::unique_ptr<char[]> scratch_;
};

// Closes its handle when destroyed, also from its own on_due; the loop must run once more for
// that to finish.
class timer {
public:
    timer(loop& owner, std::function<void()> on_due);
    ~timer();
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;

    void start(std::chrono::milliseconds after);
    void repeat(std::chrono::milliseconds every);
    void stop() noexcept;

private:
    struct state;
    state* state_;  // freed by the close callback
};

// One call after all that was ready in this turn has been read. To be armed from reading callbacks.
class turn_end {
public:
    turn_end(loop& owner, std::function<void()> on_end);
    ~turn_end();
    turn_end(const turn_end&) = delete;
    turn_end& operator=(const turn_end&) = delete;

    void arm() noexcept;

private:
    struct state;
    state* state_;
};

// Many notifications before the loop turns are one call.
class wakeup {
public:
    wakeup(loop& owner, std::function<void()> on_wake);
    ~wakeup();
    wakeup(const wakeup&) = delete;
    wakeup& operator=(const wakeup&) = delete;

    void notify() noexcept;

private:
    struct state;
    state* state_;
};

}  // namespace callstream
