// Streams events and changes of the live state to many clients.
//
// Clients without filters are sent the same frames from one log, each at its own place. Whoever
// has filters, or both kinds of frames, has frames of its own. Whoever takes gzip gets them packed.
// A client that comes back with an id reads the journal with a reader of its own until it has come
// to where the others are. What is kept for a client is bounded: one that is too slow is told so,
// and dropped, also one that reads of the journal what that has given free: it would keep it on
// disk.
//
// Lifetime: server, journal and state outlive it.
// Threads:  the web server's.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/http_server.h"
#include "core/journal_reader.h"
#include "sinks/event_frames.h"
#include "sinks/frame_packer.h"
#include "sinks/shared_frames.h"
#include "sinks/web_request.h"

namespace callstream::sinks {

struct web_client_counters {
    std::uint64_t accepted = 0;
    std::uint64_t resumed = 0;  // with an id that was still known
    std::uint64_t reset = 0;    // with one that was not
    std::uint64_t dropped = 0;  // too slow
    std::uint64_t bytes = 0;
};

class web_clients {
public:
    web_clients(loop& owner, http_server& server, journal& source, const live_state& state)
        : loop_(owner), server_(server), journal_(source), state_(state) {}

    // Behind the head of its answer. Before the state is whole, clients only wait.
    void add(const http_ticket& ticket, stream_request asked, stream_filter filter);
    void remove(const http_ticket& ticket);

    // What was published, in order; `place` is that behind it.
    void tell(const record& event);
    void tell(std::span<const live_change> changes);
    stream_place place() const noexcept { return place_; }
    void set_place(stream_place place) noexcept { place_ = state_place_ = place; }
    void begin();  // from now on the state is whole

    // Events are missing in front of the next.
    void tell_reset(std::string_view reason);
    // So much was told that it should be sent before there is more.
    bool is_due() const noexcept;

    // Sends what each can take. What is left waits for its turn, or for a socket.
    enum class left : std::uint8_t { nothing, unsent, more };
    left flush();
    void end_all();
    std::size_t count() const noexcept { return clients_.size(); }
    const web_client_counters& counters() const noexcept { return counters_; }

private:
    // Where a client's frames come from.
    enum class feed : std::uint8_t { events, changes, own };

    struct client {
        http_ticket ticket;
        stream_request asked;
        stream_filter filter;
        feed from = feed::own;
        bool is_packed = false;
        std::uint64_t offset = 0;  // in the log of that feed
        std::string own;           // what comes before, or instead
        std::size_t own_sent = 0;
        std::size_t own_size_max = 0;
        std::unique_ptr<journal_reader> reader;                // while it catches up
        std::uint64_t missed = 0;                              // by that reader
        std::optional<std::chrono::milliseconds> outlived_at;  // what it reads, by that reader
        std::chrono::milliseconds sent_at{0};
        bool is_slow = false;
        bool is_begun = false;
        bool is_done = false;
    };

    bool begin(client& added);
    const std::string& whole_state();
    void begin_events(client& added);
    void begin_state(client& added);
    bool resume(client& added, stream_place from);
    void reset(client& added, std::string_view reason);
    void catch_up(client& one);
    void join(client& one);
    left send(client& one);
    left read_on(client& one);
    void write(client& one, std::string_view bytes);
    void drop(client& one, std::string_view reason);
    bool reads_what_is_gone(client& one) const;
    const frame_log& log_of(const client& one) const noexcept {
        return (one.from == feed::events ? events_ : changes_).log(one.is_packed);
    }
    void pack();
    void keep_alive(client& one);
    void send_own(client& one, std::size_t size_max);
    void write_frames(client& one, std::string_view frames);
    void count_feeds();

    std::size_t own_size() const noexcept;
    std::size_t own_limit_of(const client& one) const noexcept;

    static constexpr std::size_t log_size_max = 16 * 1024 * 1024;

    loop& loop_;
    http_server& server_;
    journal& journal_;
    const live_state& state_;
    std::vector<std::unique_ptr<client>> clients_;
    std::vector<client*> with_own_;  // those of feed::own
    struct feed_counts {
        std::size_t all = 0;
        std::size_t packed = 0;
    };
    feed_counts event_clients_;
    feed_counts change_clients_;
    bool begun_ = false;
    std::size_t own_size_ = 0;       // of all, at the last flush
    std::size_t catch_up_left_ = 0;  // records that may still be read in this flush
    std::uint64_t kept_from_ = 0;    // by the journal, as of:
    std::chrono::milliseconds kept_asked_{-1'000'000};
    std::uint64_t flushed_until_ = 0;  // in the log of events
    std::string whole_state_;          // its document, as of these:
    stream_place whole_state_place_;
    std::uint64_t whole_state_version_ = ~std::uint64_t{0};
    shared_frames events_{log_size_max};
    shared_frames changes_{log_size_max};
    frame_packer packer_;
    std::chrono::milliseconds events_wanted_{-1'000'000};  // when last
    stream_place place_;
    stream_place state_place_;  // at which the changes of the state were told last
    std::string frame_;
    web_client_counters counters_;
};

}  // namespace callstream::sinks
