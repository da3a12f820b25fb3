// The running program: every PBX's line on the home loop, the journal, a thread for each sink.
//
//   socket -> slab -> decoder -> translator -> publisher -> journal ==> cursor -> sink
//
// Threads: the home loop's, which is the thread that calls run().
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "app/home_status.h"
#include "app/pbx_line.h"
#include "app/service_manager.h"
#include "app/settings.h"
#include "app/sink_shaper.h"
#include "app/sink_thread.h"
#include "app/status_collector.h"
#include "app/stop_signals.h"
#include "app/web_part.h"
#include "core/batch_clock.h"
#include "core/journal.h"
#include "core/loop.h"
#include "core/slab.h"
#include "sources/push_listener.h"

namespace callstream::app {

class runtime {
public:
    // Opens the journal, the cursors and every part; connects nothing yet. What failed is logged.
    static result<std::unique_ptr<runtime>> open(const settings& configured);
    ~runtime();
    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;

    // Until SIGTERM or SIGINT, and then until the sinks have what was published or the deadline
    // is over. True if nothing was left behind; what was is still in the journal.
    bool run();

private:
    struct disk_watch;
    struct reload_signal;

    explicit runtime(std::chrono::milliseconds drain_deadline);
    result<void> open_lines(const settings& configured);
    result<void> open_push(const settings& configured);
    result<void> open_sinks(const settings& configured);
    result<void> open_web(const settings& configured);
    result<void> open_sink(const sink_settings& sink, const country_map& countries);
    void watch_disk();
    void restore_calls();
    bool has_all(const sink_thread& sink);
    void on_batch();
    void on_tick();
    void on_reload();
    std::string state_text() const;
    void drop_ended_sinks();
    void begin_shutdown();
    void begin_drain();
    void on_drain_tick();
    void log_counts() const;

    std::chrono::milliseconds drain_deadline_;
    service_manager service_;
    status_board board_;
    std::unique_ptr<status_collector> collector_;
    loop home_;
    slab_pool slabs_;
    batch_clock clock_;
    std::unique_ptr<journal> journal_;
    std::vector<std::unique_ptr<pbx_line>> lines_;
    std::unique_ptr<disk_watch> durable_;
    std::unique_ptr<reload_signal> reload_;
    std::unique_ptr<sources::push_listener> push_;
    std::unique_ptr<web_part> web_;
    std::vector<std::unique_ptr<sink_thread>> sinks_;
    std::unique_ptr<timer> tick_;
    std::unique_ptr<timer> drain_tick_;
    std::unique_ptr<stop_signals> signals_;
    std::chrono::milliseconds drain_until_{0};
    bool draining_ = false;
    bool clean_ = true;
};

}  // namespace callstream::app
