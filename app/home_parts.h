// What the lines of all PBXes share.
//
// Lifetime: outlives the lines.
// Threads:  the home loop.
#pragma once

#include <functional>

#include "core/batch_clock.h"
#include "core/journal.h"
#include "core/loop.h"
#include "core/slab.h"

namespace callstream::app {

struct home_parts {
    loop& home;
    slab_pool& slabs;
    journal& events;
    batch_clock& clock;
    std::function<void()> on_batch;
};

}  // namespace callstream::app
