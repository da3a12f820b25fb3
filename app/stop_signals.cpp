#include "app/stop_signals.h"

#include <csignal>
#include <utility>

#include "core/ensure.h"

namespace callstream::app {

stop_signals::stop_signals(loop& owner, std::function<void()> call) : call_(std::move(call)) {
    constexpr std::array numbers{SIGTERM, SIGINT};
    for (std::size_t i = 0; i < handles_.size(); ++i) {
        ensure(uv_signal_init(owner.native(), &handles_[i]) == 0, "a signal handle");
        handles_[i].data = this;
        uv_signal_start_oneshot(&handles_[i], &stop_signals::on_signal, numbers[i]);
    }
}

void stop_signals::close() {
    for (uv_signal_t& handle : handles_) {
        auto* const closed = reinterpret_cast<uv_handle_t*>(&handle);
        if (uv_is_closing(closed) == 0) uv_close(closed, nullptr);
    }
}

void stop_signals::on_signal(uv_signal_t* handle, int) noexcept {
    static_cast<stop_signals*>(handle->data)->call_();
}

}  // namespace callstream::app
