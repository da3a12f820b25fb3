// Runs one sink on a loop and a thread of its own.
//
// Threads: constructed, told to drain and joined by the home loop's thread; wake() from any.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/journal_reader.h"
#include "core/loop.h"
#include "core/sink.h"

namespace callstream::app {

class sink_thread {
public:
    using builder = std::function<std::unique_ptr<sink>(loop&, journal_reader&)>;

    // Builds the sink over its reader and starts it.
    sink_thread(std::string_view name, std::unique_ptr<journal_reader> reader,
                const builder& build);
    ~sink_thread();  // stops and joins
    sink_thread(const sink_thread&) = delete;
    sink_thread& operator=(const sink_thread&) = delete;

    void wake() noexcept;  // more was published
    void drain(std::chrono::milliseconds deadline) noexcept;
    bool drained() const noexcept { return drained_.load(std::memory_order_acquire); }

    const std::string& name() const noexcept { return name_; }
    const sink_counters& counters() const noexcept { return sink_->counters(); }
    bool connected() const noexcept { return counters().connected.load(); }
    // Any thread's part of it: the cursor and the counts.
    const journal_reader& reader() const noexcept { return *reader_; }

private:
    enum class request : std::uint8_t { work, drain, stop };

    void on_wake();
    void begin_drain();

    std::string name_;
    loop loop_;
    std::unique_ptr<journal_reader> reader_;
    std::unique_ptr<sink> sink_;
    std::mutex stopping_;  // held while the destructor uses wakeup_, which the thread destroys
    std::unique_ptr<wakeup> wakeup_;
    std::unique_ptr<timer> drain_poll_;
    std::atomic<request> request_{request::work};
    std::atomic<std::chrono::milliseconds::rep> drain_deadline_ms_{0};
    std::atomic<bool> drained_{false};
    bool draining_ = false;
    std::thread thread_;
};

}  // namespace callstream::app
