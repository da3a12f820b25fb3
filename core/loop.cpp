#include "core/loop.h"

#include <csignal>
#include <mutex>
#include <utility>

#include "core/ensure.h"

namespace callstream {

namespace {

constexpr std::size_t scratch_size = 64 * 1024;

// libuv writes without MSG_NOSIGNAL: a peer that went away must be an error, not a signal.
void ignore_sigpipe() {
    static std::once_flag done;
    std::call_once(done, [] { std::signal(SIGPIPE, SIG_IGN); });
}

}  // namespace

loop::loop() {
    ignore_sigpipe();
    ensure(uv_loop_init(&native_) == 0, "a loop can be made");
}

loop::~loop() {
    uv_run(&native_, UV_RUN_NOWAIT);  // the close callbacks of what was destroyed just before
    ensure(uv_loop_close(&native_) == 0, "every handle is closed before its loop");
}

void loop::bind() noexcept {
    if (!bound_) thread_ = uv_thread_self();
    bound_ = true;
    ensure_here();
}

void loop::run() {
    bind();
    uv_run(&native_, UV_RUN_DEFAULT);
}

bool loop::run_once() {
    bind();
    return uv_run(&native_, UV_RUN_ONCE) != 0;
}

void loop::run_ready() {
    bind();
    uv_run(&native_, UV_RUN_NOWAIT);
}

std::chrono::milliseconds loop::time() const noexcept {
    return std::chrono::milliseconds(uv_now(&native_));
}

void loop::ensure_here() const noexcept {
    if (!bound_) return;
    const uv_thread_t here = uv_thread_self();
    ensure(uv_thread_equal(&here, &thread_) != 0, "a loop is used on its own thread");
}

std::span<char> loop::scratch() {
    if (!scratch_) scratch_ = std::make_unique<char[]>(scratch_size);
    return {scratch_.get(), scratch_size};
}

struct timer::state {
    uv_timer_t handle;
    std::function<void()> on_due;

    static void due(uv_timer_t* handle) noexcept { static_cast<state*>(handle->data)->on_due(); }

    // The cached time may be old after long work; a timer must never be early because of that.
    void start(std::chrono::milliseconds after, std::chrono::milliseconds every) {
        uv_update_time(handle.loop);
        const auto timeout = static_cast<std::uint64_t>(after.count());
        const auto period = static_cast<std::uint64_t>(every.count());
        ensure(uv_timer_start(&handle, due, timeout, period) == 0, "an open timer can be started");
    }
};

timer::timer(loop& owner, std::function<void()> on_due) : state_(new state{{}, std::move(on_due)}) {
    owner.ensure_here();
    ensure(uv_timer_init(owner.native(), &state_->handle) == 0, "a timer can be made");
    state_->handle.data = state_;
}

timer::~timer() {
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
             [](uv_handle_t* handle) noexcept { delete static_cast<state*>(handle->data); });
}

void timer::start(std::chrono::milliseconds after) {
    state_->start(after, std::chrono::milliseconds(0));
}

void timer::repeat(std::chrono::milliseconds every) {
    state_->start(every, every);
}

void timer::stop() noexcept {
    uv_timer_stop(&state_->handle);
}

struct turn_end::state {
    uv_check_t handle;
    std::function<void()> on_end;

    // Stopped first: on_end may arm it again or destroy its owner.
    static void ended(uv_check_t* handle) noexcept {
        uv_check_stop(handle);
        static_cast<state*>(handle->data)->on_end();
    }
};

turn_end::turn_end(loop& owner, std::function<void()> on_end)
    : state_(new state{{}, std::move(on_end)}) {
    owner.ensure_here();
    ensure(uv_check_init(owner.native(), &state_->handle) == 0, "a turn's end can be watched");
    state_->handle.data = state_;
}

turn_end::~turn_end() {
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
             [](uv_handle_t* handle) noexcept { delete static_cast<state*>(handle->data); });
}

void turn_end::arm() noexcept {
    uv_check_start(&state_->handle, state::ended);
}

struct wakeup::state {
    uv_async_t handle;
    std::function<void()> on_wake;

    static void woken(uv_async_t* handle) noexcept { static_cast<state*>(handle->data)->on_wake(); }
};

wakeup::wakeup(loop& owner, std::function<void()> on_wake)
    : state_(new state{{}, std::move(on_wake)}) {
    ensure(uv_async_init(owner.native(), &state_->handle, state::woken) == 0,
           "a wake-up can be made");
    state_->handle.data = state_;
}

wakeup::~wakeup() {
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
             [](uv_handle_t* handle) noexcept { delete static_cast<state*>(handle->data); });
}

void wakeup::notify() noexcept {
    uv_async_send(&state_->handle);
}

}  // namespace callstream
