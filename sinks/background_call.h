// A blocking call on a thread of its own, for a library that has no other way to ask.
//
// One call at a time. Not libuv's thread pool: that has four threads for the whole process, and
// resolves host names with them.
//
// Lifetime: waits for a call under way when destroyed; may be destroyed within `on_done`.
// Threads:  the loop's; `call` runs on the other one.
#pragma once

#include <functional>
#include <thread>

#include "core/loop.h"

namespace callstream::sinks {

class background_call {
public:
    explicit background_call(loop& owner) : finished_(owner, [this] { finish(); }) {}
    ~background_call();
    background_call(const background_call&) = delete;
    background_call& operator=(const background_call&) = delete;

    // Only while not busy. `on_done` runs on the loop, after the call, and may start another.
    void start(std::function<void()> call, std::function<void()> on_done);
    bool busy() const noexcept { return thread_.joinable(); }

private:
    void finish();

    std::function<void()> on_done_;
    wakeup finished_;
    std::thread thread_;
};

}  // namespace callstream::sinks
