// Pushed reports to events: what a push listener is handed by app to make sense of a body.
//
// Threads: the home loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/record.h"
#include "core/time.h"

namespace callstream {

// Why a body is no report; `offset` is the byte at which that shows.
struct report_verdict {
    std::string_view problem{};  // empty: it was one, and its events are published
    std::size_t offset = 0;

    bool accepted() const noexcept { return problem.empty(); }
};

struct report_counters {
    std::uint64_t reports = 0;
    std::uint64_t rejected = 0;
};

// Whether a report's bytes came before: surely not as this report; as this report, and some of its
// events are published already; or perhaps, for whoever answered it was killed meanwhile.
enum class report_coming : std::uint8_t { first, again, perhaps_again };

class report_decoder {
public:
    virtual ~report_decoder() = default;

    // limits::slab_spare_size bytes behind `body` are readable. Of what comes again, only what the
    // published events do not say is told; of what perhaps does, also facts that leave no trace in
    // the state of a call, such as a digit.
    virtual report_verdict decode(std::string_view body, timestamp arrived,
                                  report_coming coming) = 0;
    // Before the first report: an event of this PBX that the journal still holds, oldest first.
    virtual void restore(const record& stored) = 0;
    virtual void tick(timestamp now) = 0;  // about once a second
    virtual report_counters counters() const noexcept = 0;
};

}  // namespace callstream
