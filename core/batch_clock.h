// The clock of a batch: read once, then the same until the batch ends.
//
// Threads: the home loop.
#pragma once

#include <optional>

#include "core/time.h"

namespace callstream {

class batch_clock {
public:
    timestamp time() {
        if (!time_) time_ = now();
        return *time_;
    }
    void next_batch() noexcept { time_.reset(); }

private:
    std::optional<timestamp> time_;
};

}  // namespace callstream
