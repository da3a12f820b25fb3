// How often one host may be asked: never more than so many requests in any minute.
//
// A bucket of a quarter of them may be used at once; the rest comes evenly.
//
// Lifetime: a value.
// Threads:  one.
#pragma once

#include <algorithm>
#include <chrono>

namespace callstream::sources {

class request_rate {
public:
    using milliseconds = std::chrono::milliseconds;

    explicit request_rate(unsigned per_minute) noexcept
        : burst_(std::max(1.0, per_minute / 4.0)),
          // What a full bucket and a minute's refilling give together is the limit.
          per_ms_((std::max(1u, per_minute) - burst_ + 1.0) / 60'000.0),
          left_(burst_) {}

    // How long to wait before `count` requests may be made; 0: now. More than the bucket holds
    // need a full one.
    milliseconds wait_for(double count, milliseconds time) noexcept {
        refill(time);
        const double missing = std::min(count, burst_) - left_;
        if (missing <= 1e-9) return milliseconds(0);
        return milliseconds(static_cast<std::int64_t>(missing / per_ms_) + 1);
    }
    void take(double count, milliseconds time) noexcept {
        refill(time);
        left_ -= count;
    }

private:
    void refill(milliseconds time) noexcept {
        if (time > refilled_at_)
            left_ = std::min(burst_,
                             left_ + static_cast<double>((time - refilled_at_).count()) * per_ms_);
        refilled_at_ = time;
    }

    double burst_;
    double per_ms_;
    double left_;
    milliseconds refilled_at_{0};
};

}  // namespace callstream::sources
