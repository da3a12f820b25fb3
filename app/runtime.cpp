#include "app/runtime.h"

#include <algorithm>
#include <array>
#include <csignal>

#include "app/sink_factory.h"
#include "core/ensure.h"
#include "core/log.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds tick_interval{1000};
constexpr std::chrono::milliseconds drain_tick_interval{10};

}  // namespace

// SIGTERM and SIGINT; a second one ends the process at once, as a person at a keyboard expects.
struct runtime::signals {
    signals(runtime& parent) : owner(parent) {
        for (std::size_t i = 0; i < handles.size(); ++i) {
            ensure(uv_signal_init(owner.home_.native(), &handles[i]) == 0, "a signal handle");
            handles[i].data = this;
            uv_signal_start_oneshot(&handles[i], &signals::on_signal, numbers[i]);
        }
    }
    void close() {
        for (uv_signal_t& handle : handles)
            uv_close(reinterpret_cast<uv_handle_t*>(&handle), nullptr);
    }
    static void on_signal(uv_signal_t* handle, int) noexcept {
        static_cast<signals*>(handle->data)->owner.begin_shutdown();
    }

    static constexpr std::array numbers{SIGTERM, SIGINT};
    runtime& owner;
    std::array<uv_signal_t, numbers.size()> handles{};
};

runtime::runtime(std::chrono::milliseconds drain_deadline) : drain_deadline_(drain_deadline) {}

runtime::~runtime() {
    // A part that failed to open leaves handles that were never run; let them close.
    lines_.clear();
    tick_.reset();
    drain_tick_.reset();
    home_.run();
}

result<std::unique_ptr<runtime>> runtime::open(const settings& configured) {
    std::unique_ptr<runtime> opened(new runtime(configured.drain_deadline));
    auto events = journal::open(configured.journal);
    if (!events) {
        log_error("the journal cannot be opened", {{"path", configured.journal.path},
                                                   {"reason", events.error().what},
                                                   {"errno", events.error().sys}});
        return tl::unexpected(events.error());
    }
    opened->journal_ = std::move(*events);
    if (auto done = opened->open_sinks(configured); !done) return tl::unexpected(done.error());
    if (auto done = opened->open_lines(configured); !done) return tl::unexpected(done.error());
    return opened;
}

result<void> runtime::open_lines(const settings& configured) {
    const home_parts parts{home_, slabs_, *journal_, clock_, [this] { on_batch(); }};
    for (const pbx_settings& pbx : configured.pbxes) {
        auto line = pbx_line::open(pbx, parts);
        if (!line) {
            log_error("a PBX cannot be set up", {{"pbx", pbx.name}, {"reason", line.error().what}});
            return tl::unexpected(line.error());
        }
        lines_.push_back(std::move(*line));
    }
    return {};
}

result<void> runtime::open_sinks(const settings& configured) {
    for (const sink_settings& sink : configured.sinks) {
        auto thread = sink_thread::start(
            *journal_, sink.name, sink.begin,
            [&sink](loop& own, journal_reader& reader) { return build_sink(sink, own, reader); });
        if (!thread) {
            log_error("a sink cannot be set up",
                      {{"sink", sink.name}, {"reason", thread.error().what}});
            return tl::unexpected(thread.error());
        }
        sinks_.push_back(std::move(*thread));
    }
    return {};
}

void runtime::on_batch() {
    clock_.next_batch();
    journal_->publish();
    for (const auto& sink : sinks_)
        sink->wake();
}

void runtime::on_tick() {
    const timestamp time = clock_.time();
    for (const auto& line : lines_)
        line->tick(time);
    on_batch();
    journal_->reclaim(time);
}

bool runtime::run() {
    signals_ = std::make_unique<signals>(*this);
    tick_ = std::make_unique<timer>(home_, [this] { on_tick(); });
    tick_->repeat(tick_interval);
    for (const auto& line : lines_)
        line->start();
    log_info("running", {{"pbxes", lines_.size()}, {"sinks", sinks_.size()}});
    home_.run();
    log_info("stopped", {{"clean", clean_ ? "yes" : "no"}});
    return clean_;
}

void runtime::begin_shutdown() {
    if (drain_tick_) return;
    log_info("stopping", {{"deadline_ms", drain_deadline_.count()}});
    for (const auto& line : lines_)
        line->stop();
    drain_until_ = home_.time() + drain_deadline_;
    drain_tick_ = std::make_unique<timer>(home_, [this] { on_drain_tick(); });
    drain_tick_->repeat(drain_tick_interval);
}

// A sink that has drained is deaf: what sources publish as they stop must come before.
void runtime::begin_drain() {
    draining_ = true;
    on_batch();
    for (const auto& sink : sinks_)
        sink->drain(std::max(drain_until_ - home_.time(), std::chrono::milliseconds(0)));
}

void runtime::on_drain_tick() {
    const bool silent =
        std::all_of(lines_.begin(), lines_.end(), [](const auto& line) { return line->stopped(); });
    if (!draining_ && !silent && home_.time() < drain_until_) return;
    if (!draining_) begin_drain();
    bool all = true;
    for (const auto& sink : sinks_)
        all = all && sink->drained();
    if (!all && home_.time() < drain_until_) return;
    for (const auto& sink : sinks_) {
        if (sink->acknowledged() >= journal_->published()) continue;
        clean_ = false;
        log_warn("a sink is behind; the journal keeps the rest for the next start",
                 {{"sink", sink->name()}});
    }
    sinks_.clear();
    drain_tick_.reset();
    tick_.reset();
    signals_->close();
}

}  // namespace callstream::app
