// What app sees of a source: it starts, it stops, it says how it is.
#pragma once

#include <string_view>

#include "core/result.h"

namespace callstream {

class source {
public:
    virtual ~source() = default;
    virtual void start() = 0;
    // Stops reading; calls nothing back after its handles are closed, which happens on later turns
    // of the loop. The object outlives the loop's run.
    virtual void stop() = 0;
    virtual bool connected() const noexcept = 0;
};

}  // namespace callstream
