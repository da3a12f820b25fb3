#include "app/sink_thread.h"

namespace callstream::app {

namespace {

constexpr std::chrono::milliseconds drain_poll_interval{10};

}  // namespace

sink_thread::sink_thread(std::string_view name, std::unique_ptr<journal_reader> reader,
                         const builder& build)
    : name_(name),
      reader_(std::move(reader)),
      sink_(build(loop_, *reader_)),
      wakeup_(std::make_unique<wakeup>(loop_, [this] { on_wake(); })),
      thread_([this] {
          sink_->start();
          loop_.run();
      }) {}

sink_thread::~sink_thread() {
    {
        const std::lock_guard lock(stopping_);
        request_.store(request::stop, std::memory_order_release);
        wakeup_->notify();
    }
    thread_.join();
}

void sink_thread::wake() noexcept {
    wakeup_->notify();
}

void sink_thread::drain(std::chrono::milliseconds deadline) noexcept {
    drain_deadline_ms_.store(deadline.count(), std::memory_order_relaxed);
    request_.store(request::drain, std::memory_order_release);
    wakeup_->notify();
}

void sink_thread::begin_drain() {
    draining_ = true;
    sink_->drain(std::chrono::milliseconds(drain_deadline_ms_.load(std::memory_order_relaxed)));
    drain_poll_ = std::make_unique<timer>(loop_, [this] {
        if (!sink_->drained()) return;
        drained_.store(true, std::memory_order_release);
        drain_poll_->stop();
    });
    drain_poll_->repeat(drain_poll_interval);
}

void sink_thread::on_wake() {
    switch (request_.load(std::memory_order_acquire)) {
        case request::work:
            sink_->wake();
            break;
        case request::drain:
            // The home loop still ticks while sinks drain, and may end a call.
            if (draining_)
                sink_->wake();
            else
                begin_drain();
            break;
        case request::stop:
            // An earlier wake-up may bring us here while the destructor still gives its own.
            stopping_.lock();
            stopping_.unlock();
            sink_->stop();
            drain_poll_.reset();
            wakeup_.reset();  // the loop ends when the sink's own handles are closed
            break;
    }
}

}  // namespace callstream::app
