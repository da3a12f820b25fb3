#include "app/runtime.h"

#include <algorithm>
#include <csignal>
#include <map>

#include "app/sink_factory.h"
#include "app/sink_lanes.h"
#include "app/state_sinks.h"
#include "app/status_pages.h"
#include "core/config_value.h"
#include "core/ensure.h"
#include "core/log.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds tick_interval{1000};
constexpr std::chrono::milliseconds drain_tick_interval{10};

}  // namespace

// SIGHUP loads certificates again; where there are none it does nothing, least of all end the
// process. It does not keep the loop running.
struct runtime::reload_signal {
    explicit reload_signal(runtime& parent) : handle(new uv_signal_t) {
        ensure(uv_signal_init(parent.home_.native(), handle) == 0, "a signal can be watched");
        handle->data = &parent;
        uv_signal_start(
            handle,
            [](uv_signal_t* raised, int) noexcept {
                static_cast<runtime*>(raised->data)->on_reload();
            },
            SIGHUP);
        uv_unref(reinterpret_cast<uv_handle_t*>(handle));
    }
    ~reload_signal() {
        uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) noexcept {
            delete reinterpret_cast<uv_signal_t*>(closed);
        });
    }
    reload_signal(const reload_signal&) = delete;
    reload_signal& operator=(const reload_signal&) = delete;

    uv_signal_t* handle;
};

// Hears from the journal's thread that more is on disk. It does not keep the loop running, and
// lives as long as that thread.
struct runtime::disk_watch {
    explicit disk_watch(runtime& parent) : handle(new uv_async_t) {
        ensure(uv_async_init(parent.home_.native(), handle, &disk_watch::on_synced) == 0,
               "a wake-up can be made");
        handle->data = &parent;
        uv_unref(reinterpret_cast<uv_handle_t*>(handle));
    }
    ~disk_watch() {
        uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) noexcept {
            delete reinterpret_cast<uv_async_t*>(closed);
        });
    }
    disk_watch(const disk_watch&) = delete;
    disk_watch& operator=(const disk_watch&) = delete;
    static void on_synced(uv_async_t* woken) noexcept {
        const auto& push = static_cast<runtime*>(woken->data)->push_;
        if (push) push->on_durable();
    }

    uv_async_t* handle;
};

runtime::runtime(std::chrono::milliseconds drain_deadline) : drain_deadline_(drain_deadline) {}

runtime::~runtime() {
    // A part that failed to open leaves handles that were never run; let them close.
    if (signals_) signals_->close();
    if (push_) push_->stop();
    tick_.reset();
    drain_tick_.reset();
    sinks_.clear();
    lines_.clear();
    home_.run();
    push_.reset();
    journal_.reset();  // whose thread wakes us until then
    durable_.reset();
    reload_.reset();
    home_.run();
}

result<std::unique_ptr<runtime>> runtime::open(const settings& configured) {
    std::unique_ptr<runtime> opened(new runtime(configured.drain_deadline));
    // First: who is told to stop while it reads a long journal stops in order afterwards.
    opened->signals_ = std::make_unique<stop_signals>(
        opened->home_, [self = opened.get()] { self->begin_shutdown(); });
    auto events = journal::open(configured.journal);
    if (!events) {
        log_error("the journal cannot be opened", {{"path", configured.journal.path},
                                                   {"reason", events.error().what},
                                                   {"errno", events.error().sys}});
        return tl::unexpected(events.error());
    }
    opened->journal_ = std::move(*events);
    opened->reload_ = std::make_unique<reload_signal>(*opened);
    opened->collector_ = std::make_unique<status_collector>(configured);
    if (configured.http) opened->watch_disk();
    if (auto done = opened->open_sinks(configured); !done) return tl::unexpected(done.error());
    if (auto done = opened->open_lines(configured); !done) return tl::unexpected(done.error());
    opened->restore_calls();
    if (auto done = opened->open_push(configured); !done) return tl::unexpected(done.error());
    if (auto done = opened->open_web(configured); !done) return tl::unexpected(done.error());
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

// Before anything is appended: the journal's thread may call at once.
void runtime::watch_disk() {
    durable_ = std::make_unique<disk_watch>(*this);
    journal_->on_durable([this](std::uint64_t) { uv_async_send(durable_->handle); });
}

result<void> runtime::open_push(const settings& configured) {
    if (!configured.http) return {};
    const bool waits =
        configured.journal.fsync == fsync_mode::batch && configured.journal.path != ":memory:";
    push_ = std::make_unique<sources::push_listener>(
        *configured.http,
        sources::push_parts{home_, slabs_, *journal_, clock_, waits, [this] { on_batch(); }});
    result<void> done;
    for (std::size_t i = 0; i < lines_.size() && done; ++i)
        if (const auto& push = configured.pbxes[i].push)
            done = push_->add({*push, *lines_[i]->reports(), lines_[i]->events()});
    if (done) done = push_->start();
    if (!done)
        log_error("the HTTP server cannot be started",
                  {{"reason", done.error().what}, {"detail", push_->detail()}});
    return done;
}

// Calls of PBXes that push go on where the journal's events left them, and CDRs that were told are
// not told again.
void runtime::restore_calls() {
    const auto reader = journal_reader::open(*journal_, "", start_at::oldest);
    if (!reader) return;
    std::map<std::string_view, pbx_line*> by_pbx;
    for (const auto& line : lines_)
        if (line->wants_stored()) by_pbx[line->events().pbx()] = line.get();
    while (!by_pbx.empty()) {
        const auto stored = (*reader)->next();
        if (!stored || !*stored) return;
        const auto found = by_pbx.find((*stored)->pbx);
        if (found != by_pbx.end()) found->second->restore(**stored);
        (*reader)->release((*stored)->position_next);
    }
}

result<void> runtime::open_sinks(const settings& configured) {
    country_map countries;
    for (const pbx_settings& pbx : configured.pbxes)
        if (!pbx.country.empty()) countries.emplace(pbx.name, pbx.country);
    for (const sink_settings& sink : configured.sinks) {
        for (const sink_settings& lane : lanes_of(sink, configured.pbxes)) {
            if (const auto opened = open_sink(lane, countries); !opened) {
                log_error("a sink cannot be set up",
                          {{"sink", lane.name}, {"reason", opened.error().what}});
                return tl::unexpected(opened.error());
            }
        }
        auto state = open_state_sink(sink, configured, *journal_, countries);
        if (!state) {
            log_error("the live state of a sink cannot be set up",
                      {{"sink", sink.name}, {"reason", state.error().what}});
            return tl::unexpected(state.error());
        }
        if (*state) sinks_.push_back(std::move(*state));
    }
    return {};
}

result<void> runtime::open_sink(const sink_settings& sink, const country_map& countries) {
    auto shaper = build_shaper(sink, countries);
    if (!shaper) return tl::unexpected(shaper.error());
    auto reader = journal_reader::open(*journal_, sink.name, sink.begin);
    if (!reader) return tl::unexpected(reader.error());
    (*reader)->set_shaper(std::move(*shaper));
    sinks_.push_back(std::make_unique<sink_thread>(
        sink.name, std::move(*reader),
        [&sink](loop& own, journal_reader& source) { return build_sink(sink, own, source); }));
    return {};
}

result<void> runtime::open_web(const settings& configured) {
    if (!configured.web) return {};
    web_ = std::make_unique<web_part>(configured, *journal_);
    for (auto& page : status_pages(board_, *journal_))
        web_->add(std::move(page));
    auto opened = web_->open();
    if (!opened) return tl::unexpected(opened.error());
    sinks_.push_back(std::move(*opened));
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
    drop_ended_sinks();
    if (web_ && !sinks_.empty()) web_->tell(sinks_);
    journal_->reclaim(time);
    board_.post(
        collector_->collect({lines_, sinks_, *journal_, push_.get(), drain_tick_ != nullptr}));
    service_.alive(state_text());
}

void runtime::on_reload() {
    log_info("reloading", {});
    service_.reloading();
    if (push_) push_->reload();
    service_.ready();
}

// One line for `systemctl status`.
std::string runtime::state_text() const {
    const auto connected = [](const auto& part) { return part->connected(); };
    const auto usage = journal_->usage();
    return std::to_string(std::count_if(lines_.begin(), lines_.end(), connected)) + " of " +
           std::to_string(lines_.size()) + " PBXes and " +
           std::to_string(std::count_if(sinks_.begin(), sinks_.end(), connected)) + " of " +
           std::to_string(sinks_.size()) + " sinks connected, journal " + format_size(usage.bytes) +
           " of " + format_size(usage.bytes_max);
}

// A sink that can never deliver again must not hold the journal; without any, there is nobody to
// work for.
void runtime::drop_ended_sinks() {
    if (drain_tick_ || sinks_.empty()) return;
    const auto ended = [](const auto& sink) { return sink->counters().ended.load(); };
    const bool delivers = std::any_of(sinks_.begin(), sinks_.end(), [&](const auto& sink) {
        return sink->name() != web_name && !ended(sink);
    });
    if (!delivers && std::any_of(sinks_.begin(), sinks_.end(), ended)) {
        begin_shutdown();
        return;
    }
    std::erase_if(sinks_, [&](const auto& sink) {
        if (!ended(sink)) return false;
        log_warn("a sink is over; the journal keeps nothing for it", {{"sink", sink->name()}});
        return true;
    });
}

bool runtime::run() {
    tick_ = std::make_unique<timer>(home_, [this] { on_tick(); });
    tick_->repeat(tick_interval);
    for (const auto& line : lines_)
        line->start();
    log_info("running", {{"pbxes", lines_.size()}, {"sinks", sinks_.size()}});
    service_.ready();
    home_.run();
    log_info("stopped", {{"clean", clean_ ? "yes" : "no"}});
    return clean_;
}

void runtime::begin_shutdown() {
    if (drain_tick_) return;
    log_info("stopping", {{"deadline_ms", drain_deadline_.count()}});
    service_.stopping();
    for (const auto& line : lines_)
        line->stop();
    if (push_) push_->stop();
    drain_until_ = home_.time() + drain_deadline_;
    drain_tick_ = std::make_unique<timer>(home_, [this] { on_drain_tick(); });
    drain_tick_->repeat(drain_tick_interval);
}

// A sink that has drained is deaf: what sources publish as they stop must come before.
void runtime::begin_drain() {
    draining_ = true;
    if (push_) push_->stop();  // whoever has no answer yet sends his report again
    on_batch();
    for (const auto& sink : sinks_)
        sink->drain(std::max(drain_until_ - home_.time(), std::chrono::milliseconds(0)));
}

void runtime::on_drain_tick() {
    const bool silent = std::all_of(lines_.begin(), lines_.end(),
                                    [](const auto& line) { return line->stopped(); }) &&
                        (!push_ || push_->stopped());
    if (!draining_ && !silent && home_.time() < drain_until_) return;
    if (!draining_) begin_drain();
    bool all = true;
    for (const auto& sink : sinks_)
        all = all && sink->drained();
    if (!all && home_.time() < drain_until_) return;
    for (const auto& sink : sinks_) {
        if (has_all(*sink) || sink->counters().ended) continue;
        clean_ = false;
        log_warn("a sink is behind; the journal keeps the rest for the next start",
                 {{"sink", sink->name()}});
    }
    log_counts();
    sinks_.clear();
    drain_tick_.reset();
    tick_.reset();
    signals_->close();
}

// What became of the events: nothing is left out, lost or refused without a word.
void runtime::log_counts() const {
    for (const auto& line : lines_) {
        const publisher_counters& counted = line->events().counters();
        log_info("events of a PBX", {{"pbx", line->events().pbx()},
                                     {"published", counted.published},
                                     {"left_out", counted.left_out},
                                     {"rejected", counted.rejected},
                                     {"shed", counted.shed}});
    }
    if (push_) {
        const sources::push_counters& counted = push_->counters();
        log_info("pushed reports", {{"accepted", counted.accepted},
                                    {"repeated", counted.repeated},
                                    {"unheard", counted.unheard},
                                    {"rejected", counted.rejected},
                                    {"refused", counted.refused},
                                    {"shed", counted.shed}});
    }
    for (const auto& sink : sinks_) {
        const sink_counters& counted = sink->counters();
        log_info("events of a sink", {{"sink", sink->name()},
                                      {"acknowledged", counted.acknowledged.load()},
                                      {"left_out", sink->reader().left_out_count()},
                                      {"rejected", counted.rejected.load()},
                                      {"missing", sink->reader().skipped_count()}});
    }
}

// What no event follows is acknowledged as a whole: positions of sources may stand behind.
bool runtime::has_all(const sink_thread& sink) {
    auto reader = journal_reader::open(*journal_, "", start_at::oldest);
    if (!reader) return false;
    if (sink.reader().acknowledged() > 0) (*reader)->seek(sink.reader().acknowledged());
    const auto next = (*reader)->next();
    return next && !*next;
}

}  // namespace callstream::app
