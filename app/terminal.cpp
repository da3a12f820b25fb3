#include "app/terminal.h"

#include <csignal>
#include <cstdio>
#include <string_view>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

#include "core/ensure.h"

namespace callstream::app {

namespace {

constexpr std::string_view enter = "\x1b[?1049h\x1b[?25l";  // another screen, no cursor
constexpr std::string_view leave = "\x1b[?25h\x1b[?1049l";

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

terminal_size size_of_terminal() noexcept {
    winsize told{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) != 0 || told.ws_col == 0 || told.ws_row == 0)
        return {};
    return {told.ws_col, told.ws_row};
}

terminal::terminal(loop& owner, std::function<void(char)> on_key, std::function<void()> on_resize)
    : on_key_(std::move(on_key)), on_resize_(std::move(on_resize)) {
    ensure(uv_signal_init(owner.native(), &resized_) == 0, "a signal handle");
    resized_.data = this;
    uv_signal_start(&resized_, &terminal::on_signal, SIGWINCH);
    reads_keys_ = ::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (reads_keys_) {
        termios raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        ensure(uv_poll_init(owner.native(), &keys_, STDIN_FILENO) == 0, "a poll handle");
        keys_.data = this;
        uv_poll_start(&keys_, UV_READABLE, &terminal::on_readable);
    }
    print(enter);
}

void terminal::show(const std::vector<std::string>& lines) {
    std::string out = "\x1b[H";
    for (std::size_t i = 0; i < lines.size(); ++i)
        out.append(i == 0 ? "" : "\r\n").append(lines[i]).append("\x1b[K");
    print(out + "\x1b[J");
}

void terminal::close() {
    print(leave);
    uv_close(reinterpret_cast<uv_handle_t*>(&resized_), nullptr);
    if (!reads_keys_) return;
    ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    uv_close(reinterpret_cast<uv_handle_t*>(&keys_), nullptr);
}

void terminal::on_readable(uv_poll_t* handle, int, int) noexcept {
    char key = 0;
    auto* const self = static_cast<terminal*>(handle->data);
    if (::read(STDIN_FILENO, &key, 1) == 1)
        self->on_key_(key);
    else
        uv_poll_stop(handle);
}

void terminal::on_signal(uv_signal_t* handle, int) noexcept {
    static_cast<terminal*>(handle->data)->on_resize_();
}

}  // namespace callstream::app
