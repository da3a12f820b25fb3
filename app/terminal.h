// The terminal as a screen of its own that is drawn anew: without echo, without the cursor, and as
// it was before once this ends.
//
// Lifetime: the loop outlives it and runs once more after close().
// Threads:  the loop's. One for each process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <termios.h>
#include <uv.h>

#include "core/loop.h"

namespace callstream::app {

struct terminal_size {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

// Of standard output; 80 x 24 if it is no terminal.
terminal_size size_of_terminal() noexcept;

class terminal {
public:
    // `on_key` gets each byte that is typed; `on_resize` is told of another size.
    terminal(loop& owner, std::function<void(char)> on_key, std::function<void()> on_resize);
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    void show(const std::vector<std::string>& lines);
    void close();

private:
    static void on_readable(uv_poll_t* handle, int status, int events) noexcept;
    static void on_signal(uv_signal_t* handle, int number) noexcept;

    std::function<void(char)> on_key_;
    std::function<void()> on_resize_;
    uv_poll_t keys_{};
    uv_signal_t resized_{};
    termios before_{};
    bool reads_keys_ = false;
};

}  // namespace callstream::app
