// Which pushed reports are in the journal although their sender was not told so: when one of them
// comes again, it is the same fact.
//
// Each report is entered before its events are published, as a source position in a ring, and
// marked as done as soon as its answer was sent to somebody who could hear it. So the ring survives
// a crash, and tells how many of a report's events got into the journal. A report that was answered
// never counts: the same bytes are news then, such as the same digit pressed twice.
//
// Threads: the home loop.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http_server.h"
#include "core/journal.h"

namespace callstream::sources {

std::uint64_t report_digest(std::string_view body) noexcept;

class push_window {
public:
    static constexpr std::size_t size = 128;  // reports of one PBX that wait for their answer

    // A report in the journal: which it is, and where its events begin in the PBX's sequence.
    struct entry {
        std::uint64_t number = 0;
        std::uint64_t digest = 0;
        std::uint64_t sequence = 0;
    };
    struct known_report {
        entry which;
        bool in_part;  // some of its events may be missing
    };

    push_window(journal& events, std::uint16_t pbx, std::chrono::milliseconds now);

    bool full() const noexcept { return next_ - first_ >= size; }

    // The report of these bytes that waits to be repeated; it waits no longer.
    std::optional<known_report> take(std::uint64_t digest, std::chrono::milliseconds now);
    // The same of reports in flight whose sender is gone.
    template <class IsHeard>
    std::optional<known_report> take_over(std::uint64_t digest, const IsHeard& is_heard) {
        for (std::uint64_t number = first_; number < next_; ++number) {
            in_flight& waiting = ring_[number % size];
            if (waiting.gone || waiting.taken_over || waiting.report.digest != digest ||
                is_heard(waiting.ticket))
                continue;
            waiting.taken_over = true;
            return known_report{waiting.report, false};
        }
        return std::nullopt;
    }

    // Fails with full. The report's events are published next.
    result<entry> enter(std::uint64_t digest, const http_ticket& ticket);
    void leave(const entry& report) noexcept;  // it waits for no answer any more
    void mark_done(const entry& report);       // its answer was sent
    void expect_again(const entry& report, bool in_part, std::chrono::milliseconds now);
    // Whether somebody else answers for it.
    bool is_taken_over(const entry& report) const noexcept {
        return ring_[report.number % size].taken_over;
    }
    std::size_t doubtful_count() const noexcept { return doubtful_.size(); }

private:
    struct in_flight {
        entry report;
        http_ticket ticket;
        bool gone = true;
        bool taken_over = false;
    };
    struct doubtful {
        known_report known;
        std::chrono::milliseconds until;
    };

    void restore(std::chrono::milliseconds now);
    void forget_old(std::chrono::milliseconds now);
    std::uint64_t oldest() const noexcept;
    result<void> store(const entry& report, bool is_done);

    journal& journal_;
    std::uint16_t pbx_;
    std::array<in_flight, size> ring_{};
    std::uint64_t first_ = 0;  // numbers of reports: the oldest in flight, and the next
    std::uint64_t next_ = 0;
    std::vector<doubtful> doubtful_;
};

}  // namespace callstream::sources
