#include "sinks/background_call.h"

#include <utility>

#include "core/ensure.h"

namespace callstream::sinks {

background_call::~background_call() {
    if (busy()) thread_.join();
}

void background_call::start(std::function<void()> call, std::function<void()> on_done) {
    ensure(!busy(), "one background call at a time");
    on_done_ = std::move(on_done);
    thread_ = std::thread([this, call = std::move(call)] {
        call();
        finished_.notify();
    });
}

void background_call::finish() {
    if (!busy()) return;
    thread_.join();
    const auto on_done = std::exchange(on_done_, nullptr);
    on_done();
}

}  // namespace callstream::sinks
