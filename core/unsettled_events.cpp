#include "core/unsettled_events.h"

namespace callstream {

void unsettled_events::restart(std::uint64_t position) noexcept {
    front_ = size_ = 0;
    begin_ = end_ = position;
    is_cut_ = false;
}

void unsettled_events::add(const event& passed) noexcept {
    is_cut_ = is_cut_ || size_ == count_max;
    if (is_cut_) return;
    events_[(front_ + size_++) % count_max] = passed;
    end_ = passed.position_next;
}

}  // namespace callstream
