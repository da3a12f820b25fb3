// Which pushed reports are in the journal although their sender was not told so: when one of them
// comes again, it is the same fact.
//
// Each report has a slot, a source position, that is written before its events and again with its
// answer, so that what is in flight survives a crash. That is published after the answer left, so a
// word that survives a kill is set just before. A report whose answer arrived
// never counts: the same bytes are news then, such as the same digit pressed twice.
//
// Threads: the home loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/http_server.h"
#include "core/journal.h"

namespace callstream::sources {

std::uint64_t report_digest(std::string_view body) noexcept;

class push_window {
public:
    using milliseconds = std::chrono::milliseconds;

    static constexpr std::size_t in_flight_max = 1024;  // reports of one PBX without an answer
    static constexpr std::size_t doubtful_max = 1024;   // and those waited for to come again
    static constexpr milliseconds doubt_time = std::chrono::minutes(10);  // they are waited for
    static constexpr milliseconds confirmation_time{1'000};
    static constexpr std::uint32_t no_slot = ~std::uint32_t{0};

    // A report in the journal: which it is, and where its events begin in the PBX's sequence.
    struct entry {
        std::uint64_t number = 0;
        std::uint64_t digest = 0;
        std::uint64_t sequence = 0;
        std::uint32_t slot = no_slot;
    };
    // All its events are there; or some; or all, and it was about to be answered when we died.
    enum class known_part : std::uint8_t { all, some, answered };
    struct known_report {
        entry which;
        known_part part = known_part::all;
    };

    static result<push_window> open(journal& events, std::uint16_t pbx, milliseconds now);
    bool full() const noexcept { return in_flight_count_ >= in_flight_max; }
    // The report of these bytes that waits to be repeated; it waits no longer.
    std::optional<known_report> take(std::uint64_t digest, milliseconds now);
    // The same of reports in flight whose sender is gone; whoever repeats it answers for it.
    template <class IsHeard>
    std::optional<known_report> take_over(std::uint64_t digest, const IsHeard& is_heard) {
        for (auto at = alike_first(digest); at != no_slot; at = slots_[at].alike_next) {
            slot& each = slots_[at];
            if (each.report.digest != digest || is_heard(each.ticket)) continue;
            set_use(each, slot_use::taken_over);
            return known_report{each.report, known_part::all};
        }
        return std::nullopt;
    }

    // Fails with full. The report's events are published next.
    result<entry> enter(std::uint64_t digest, const http_ticket& ticket);
    // Its answer is sent next, at once: a kill in between makes a repeat of it news.
    void answer(const entry& report);
    // Whether anything was published since it was entered.
    bool has_events(const entry& report) const noexcept;
    void end(const entry& report);  // it was no report after all, or another entry stands for it
    // Nobody heard the answer: it will come again.
    void expect_again(const known_report& known, milliseconds now);
    // Its answer was sent; whether it arrives shows later. `lost`: it did not.
    void told(const entry& report, const http_ticket& ticket, bool lost, milliseconds now);
    void lose(const http_ticket& connection) noexcept;  // it broke before they were confirmed
    // Whether a report of these bytes was answered, and the answer did not arrive: its connection
    // broke, or nothing confirmed it for longer than a network takes.
    template <class IsAcknowledged>
    bool take_undelivered(std::uint64_t digest, milliseconds now,
                          const IsAcknowledged& is_acknowledged) {
        const told_answer& oldest = told_[told_next_ % told_.size()];
        if (lost_count_ == 0 && now - oldest.time < confirmation_time) return false;
        for (told_answer& each : told_) {
            const milliseconds age = now - each.time;
            if (each.digest != digest || (!each.lost && age < confirmation_time)) continue;
            const bool is_repeat = age < doubt_time && (each.lost || !is_acknowledged(each.ticket));
            forget(each);  // what is confirmed stays so
            if (is_repeat) return true;
        }
        return false;
    }
    bool is_taken_over(const entry& report) const noexcept;  // somebody else answers for it
    std::size_t doubtful_count() const noexcept { return doubtful_.size(); }

private:
    push_window(journal& events, std::uint16_t pbx, kept_words answered);

    enum class slot_use : std::uint8_t { none, in_flight, taken_over, doubtful };
    enum class stored_state : std::uint8_t { in_flight, ended, in_part, answered };
    struct slot {
        entry report;
        http_ticket ticket;
        slot_use use = slot_use::none;
        std::uint32_t alike_next = no_slot;
        milliseconds free_since{0};
    };
    struct doubtful {
        known_report known;
        milliseconds until;
    };
    struct stored_report;
    struct told_answer {
        std::uint64_t digest = 0;  // 0: none
        http_ticket ticket;
        milliseconds time{0};
        bool lost = false;
    };

    void restore(milliseconds now);
    void doubt(const known_report& known, milliseconds now);
    void forget_old(milliseconds now);
    void end(const entry& report, stored_state state);
    void forget(told_answer& each) noexcept;
    void set_use(slot& changed, slot_use use) noexcept;
    std::uint32_t& alike_first(std::uint64_t of) noexcept { return alike_[of % alike_.size()]; }
    std::uint32_t take_slot();
    void give_back(std::uint32_t index);
    void give_up_slots();
    result<void> store(const entry& report, stored_state state);
    static std::optional<stored_report> parse(std::string_view said) noexcept;

    journal& journal_;
    std::uint16_t pbx_;
    kept_words answered_;  // by slot: 1 + number of the last report that was answered there
    milliseconds now_{0};
    std::vector<slot> slots_;          // as many as are needed at once, and some
    std::vector<std::uint32_t> free_;  // of these, the lowest last
    std::uint64_t next_ = 0;           // number of the next report
    std::size_t in_flight_count_ = 0;
    std::vector<std::uint32_t> alike_;  // reports in flight by their digests: the first of a list
    std::deque<doubtful> doubtful_;     // the oldest first
    std::array<told_answer, 256> told_{};  // the last answers
    std::size_t told_next_ = 0;
    std::size_t lost_count_ = 0;
};

}  // namespace callstream::sources
