// Walks a PBX's CDR table: back-fills from a start date in windows, then asks again and again for
// the last stretch of it, and hands on each row once, by the end of its call.
//
// APIs filter by when calls began, so a window's rows are told once all calls that ended before
// them must have been seen; a call that lasts beyond its window is kept back. Windows overlap, for
// rows are written late, and shrink where they hold too many rows, to what was seen to fit.
// Newest-first lists shift while their pages are read: a row that comes twice counts once, and a
// list that got shorter is read anew. While the journal is full nothing is asked for. The position
// is kept in a state_store, with the rows that it covers.
// For calls that last, the last hours (call_longest) are read again every call_interval, from the
// begin on of any longer call that was seen to end; and for such as nobody saw, the last week: of
// long calls alone once an hour, or, where the API cannot be asked for those, of all twice a day.
// What goes back further than those hours is read in small windows, between which news is told.
//
// Lifetime: settings and parts outlive it. Threads: the home loop.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "sources/cdr_poller_parts.h"
#include "sources/poll_family.h"

namespace callstream::sources {

class cdr_poller final : public poll_task {
public:
    cdr_poller(const cdr_poller_settings& settings, const cdr_poller_parts& parts)
        : settings_(settings),
          parts_(parts),
          length_(std::max(settings.window, parts.api.granularity())),
          walk_length_(length_),
          overlap_(settings.overlap) {}

    // Before the first request: what an earlier run kept. False: it is none of a poller's.
    bool restore(std::string_view name, std::string_view value);
    // A call was seen to end, whose row is still to come. Where the API finds long calls by itself,
    // that is no news.
    void note_ended(timestamp began, timestamp ended);

    std::string_view name() const noexcept override { return "cdr"; }
    std::optional<http_call_request> make_request(timestamp now) override;
    void on_too_large() override;
    void on_too_slow() override;
    poll_judgement take(const poll_answer& answer) override;
    std::chrono::milliseconds wait() override;

    const cdr_poller_counters& counters() const noexcept { return counters_; }
    // All rows of calls that began before are told; null before the first answer.
    std::optional<timestamp> position() const noexcept { return position_; }

private:
    enum class phase : std::uint8_t { idle, reading, telling };
    // A window is there to fill the past, to find calls that lasted, or for the news.
    enum class reach : std::uint8_t { past, long_calls, longest_calls, news };
    // Long calls that were seen to end.
    struct long_calls {
        timestamp begin;  // of the first
        timestamp end;    // of the last
    };

    void begin_window(timestamp now);
    void begin_walk(timestamp now);
    timestamp begin_of_long_calls(timestamp now);
    bool deep_due(timestamp now) const;
    bool longest_due(timestamp now) const;
    std::chrono::seconds remembered() const;
    std::chrono::seconds looked_back() const noexcept {
        return std::max(settings_.overlap, settings_.call_longest);
    }
    bool looks_back() const noexcept {
        return reach_ == reach::long_calls || reach_ == reach::longest_calls;
    }
    void read_anew();
    poll_judgement take_page(const cdr_reading& reading, timestamp now);
    std::size_t keep_new_rows();
    bool cut();
    bool shorten();
    std::size_t row_count_max() const noexcept;  // of the window
    void set_length(std::chrono::seconds length) noexcept;
    std::chrono::seconds length_that_fits() const;
    void end_window(timestamp now);
    void tell();
    void end_telling();
    void store(timestamp position);
    void tell_progress(timestamp now);

    const cdr_poller_settings& settings_;
    const cdr_poller_parts parts_;
    std::optional<timestamp> position_{};
    std::string stored_{};
    bool resumes_ = false;  // the first window also covers calls that were going on at the position
    bool reached_ = false;  // the past is filled; only news is asked for
    timestamp deep_at_{};   // when the long stretch was last read
    timestamp longest_at_{};              // and the longest calls
    timestamp news_at_{};                 // and what comes behind the position
    std::optional<long_calls> noted_{};   // since the last look back for such
    std::optional<long_calls> sought_{};  // before, and their rows may come yet
    std::chrono::seconds length_;         // of the windows of a past
    std::chrono::seconds walk_length_;    // and of a look back
    std::chrono::seconds overlap_;

    phase phase_ = phase::idle;
    poll_window window_{};
    reach reach_ = reach::news;
    std::optional<timestamp> walk_{};  // how far a look back is read; null: there is none now
    timestamp walk_end_{};
    bool walks_longest_ = false;  // it is for the longest calls
    bool walk_yields_ = false;    // to news, for it takes its time
    timestamp known_from_{};      // rows of calls that ended earlier are not told again
    unsigned restart_count_ = 0;  // of this window
    std::size_t inside_ = 0;      // rows that lie in the window
    timestamp asked_at_{};
    std::size_t page_ = 0;
    std::size_t total_ = 0;    // rows of the window, as the last page said
    std::size_t repeats_ = 0;  // pages in a row that brought nothing new
    std::size_t read_ = 0;     // rows of the window so far
    std::vector<cdr_row> page_rows_;
    std::vector<cdr_row> rows_;                // of the window, and kept back from earlier ones
    std::unordered_set<std::uint64_t> known_;  // of rows_
    std::size_t kept_back_ = 0;                // the first so many of rows_, while reading
    std::size_t told_ = 0;                     // of rows_, in the phase telling
    std::size_t tell_count_ = 0;
    timestamp next_position_{};
    bool has_room_ = true;
    bool news_ = false;
    timestamp progress_at_{};
    timestamp filled_from_{};
    cdr_poller_counters counters_{};
};

}  // namespace callstream::sources
