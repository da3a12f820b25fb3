// Puts one PBX's events into the journal.
//
// What finds no room in the journal is counted as shed; when there is room again, one
// source.overload says how many events are missing.
//
// Lifetime: the journal and the clock outlive it.
// Threads:  the home loop.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/batch_clock.h"
#include "core/event.h"
#include "core/event_filter.h"
#include "core/event_type.h"
#include "core/event_writer.h"
#include "core/journal.h"

namespace callstream {

// At every moment between two events: received = published + rejected + shed + left_out.
struct publisher_counters {
    std::uint64_t received = 0;
    std::uint64_t published = 0;
    std::uint64_t rejected = 0;  // too large for a record
    std::uint64_t shed = 0;      // the journal was full
    std::uint64_t left_out = 0;  // by the PBX's filter
};

using event_type_counts = std::array<std::uint64_t, event_types.size()>;

class publisher final : public event_output {
public:
    static result<std::unique_ptr<publisher>> open(journal& target, batch_clock& clock,
                                                   std::string_view pbx);

    // Before the first event: what it leaves out takes no sequence.
    void set_filter(std::unique_ptr<event_filter> filter) { filter_ = std::move(filter); }

    // Visible to sinks after the journal's next publish().
    void publish(const event& published) override;

    const publisher_counters& counters() const noexcept { return counters_; }
    // Of what was published; source.overload, which this makes itself, is among them.
    const event_type_counts& published_types() const noexcept { return types_; }
    std::string_view pbx() const noexcept { return pbx_; }

private:
    enum class outcome : std::uint8_t { published, rejected, shed, left_out };

    publisher(journal& target, batch_clock& clock, std::string_view pbx, std::uint16_t index)
        : journal_(target), clock_(clock), pbx_(pbx), index_(index) {}
    outcome append(const event& appended);
    void announce_shed();

    journal& journal_;
    batch_clock& clock_;
    std::string pbx_;
    std::uint16_t index_;
    event_writer writer_;
    std::unique_ptr<event_filter> filter_;  // null: everything passes
    void count_published(event_type type) noexcept;

    publisher_counters counters_;
    event_type_counts types_{};
    std::uint64_t shed_unannounced_ = 0;
    timestamp shed_from_{};
};

}  // namespace callstream
