#include "sinks/redis_sink.h"

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <vector>

#include "core/backoff.h"
#include "core/ensure.h"
#include "core/limits.h"
#include "core/log.h"
#include "sinks/redis_handshake.h"
#include "sinks/redis_stream_reply.h"
#include "sinks/redis_window.h"
#include "sinks/resp_reader.h"
#include "sinks/resp_writer.h"

namespace callstream::sinks {

namespace {

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t feed_size = 4096;  // hiredis moves all that is left after each kilobyte
// Redis tells in pieces of some twenty replies, and to be woken costs as much as sending an event:
// while it surely is busy for longer, its replies are left to gather.
constexpr std::size_t busy_count = 1024;  // commands in flight
constexpr std::chrono::milliseconds rest{1};
constexpr std::size_t page_count = 64;  // entries of one XRANGE
constexpr std::size_t reply_size_max = 2 * page_count * limits::record_size_max;
// Beyond this nothing is sent until the socket takes more: the stream would only copy it.
constexpr std::size_t write_ahead_size_max = 256 * 1024;

}  // namespace

class redis_sink::state final : public stream_handler {
public:
    state(const redis_settings& settings, loop& own_loop, journal_reader& journal)
        : settings_(settings),
          loop_(own_loop),
          journal_(journal),
          stream_(own_loop, settings_.connection, *this),
          writer_(settings_.stream, settings_.max_length),
          replies_(reply_size_max),
          window_(settings_.in_flight_max),
          handshake_(settings_),
          backoff_(settings_.backoff_first, settings_.backoff_longest, std::random_device{}()),
          space_(read_size) {}

    void start() {
        retry_timer_.emplace(loop_, [this] { connect(); });
        rest_timer_.emplace(loop_, [this] { stream_.resume(); });
        reply_timer_.emplace(loop_, [this] {
            close({errc::timeout, "redis did not reply in time"});
        });
        drain_timer_.emplace(loop_, [this] { stop(); });
        connect();
    }

    void drain(std::chrono::milliseconds deadline) {
        if (phase_ == phase::stopped) return;
        draining_ = true;
        drain_timer_->start(deadline);
        send();
    }

    bool drained() { return draining_ && window_.empty() && !pull(); }

    void stop() {
        if (phase_ == phase::stopped) return;
        const bool open = phase_ != phase::closed;
        phase_ = phase::stopped;
        retry_timer_.reset();
        rest_timer_.reset();
        reply_timer_.reset();
        drain_timer_.reset();
        counters_.connected = false;
        if (open) stream_.close({errc::disconnected, "the sink was stopped"});
    }

    void send() {
        if (phase_ != phase::streaming || refusal_ || closing_) return;
        while (stream_.write_queue_size() < write_ahead_size_max) {
            const std::size_t count = fill_batch();
            if (count == 0) break;
            if (window_.in_flight() == count) reply_timer_->start(settings_.reply_timeout);
            counters_.sent += count;
            if (const auto written = stream_.write(writer_.parts()); !written) {
                close(written.error());
                return;
            }
        }
    }

    const redis_settings& settings() const noexcept { return settings_; }
    const sink_counters& counters() const noexcept { return counters_; }

private:
    enum class phase : std::uint8_t {
        closed,      // waiting for the next try
        connecting,  // and the handshake
        info,        // asked what the stream's top is
        checking,    // reads back what may be stored already
        streaming,
        stopped
    };

    // The connection.
    void connect() {
        phase_ = phase::connecting;
        stream_.connect();
    }

    void on_open() override {
        replies_.reset();
        refusal_.reset();
        say(handshake_.begin());
    }

    std::span<char> on_space() override { return space_; }

    void on_bytes(std::size_t size) override {
        for (std::string_view bytes(space_.data(), size); !bytes.empty();) {
            on_piece(bytes.substr(0, feed_size));
            bytes.remove_prefix(std::min(feed_size, bytes.size()));
        }
    }

    void on_piece(std::string_view bytes) {
        if (phase_ == phase::stopped || closing_) return;
        if (const auto fed = replies_.feed(bytes); !fed) {
            close(fed.error());
            return;
        }
        while (!closing_) {
            const auto reply = replies_.next();
            if (!reply) {
                close(reply.error());
                return;
            }
            if (!*reply) return;
            on_reply(**reply);
        }
    }

    // Once for each turn in which replies came: moves the cursor and refills the pipeline.
    void on_idle() override {
        if (phase_ != phase::streaming || closing_) return;
        acknowledge();
        if (window_.in_flight() > 0)
            reply_timer_->start(settings_.reply_timeout);
        else if (refusal_)
            on_refused_and_quiet();
        else
            reply_timer_->stop();
        send();
        if (window_.in_flight() < busy_count || closing_) return;
        stream_.pause();
        rest_timer_->start(rest);
    }

    void on_drained() override { send(); }

    void on_closed(const error& reason) override {
        counters_.connected = false;
        closing_ = false;
        window_.on_disconnected();
        if (phase_ == phase::stopped) return;
        phase_ = phase::closed;
        reply_timer_->stop();
        const bool person = refusal_ && refusal_->kind == refusal_kind::person;
        const auto wait = person ? settings_.backoff_longest : backoff_.next();
        log_end(reason, wait);
        retry_timer_->start(wait);
    }

    void log_end(const error& reason, std::chrono::milliseconds wait) const {
        const std::string retry = std::to_string(wait.count());
        if (refusal_) {
            const bool person = refusal_->kind == refusal_kind::person;
            write_log(person ? log_level::error : log_level::warn, refusal_->words,
                      {{"sink", settings_.name},
                       {"address", address()},
                       {"stream", settings_.stream},
                       {"reply", refusal_->said},
                       {"retry_in_ms", retry}});
            return;
        }
        log_warn("no connection to redis", {{"sink", settings_.name},
                                            {"address", address()},
                                            {"reason", reason.what},
                                            {"detail", stream_.detail()},
                                            {"retry_in_ms", retry}});
    }

    std::string address() const {
        return settings_.connection.host + ':' + std::to_string(settings_.connection.port);
    }

    void close(const error& reason) {
        closing_ = true;
        stream_.close(reason);
    }

    // Sends a command that one reply ends.
    void say(const std::string& commands) {
        reply_timer_->start(settings_.reply_timeout);
        if (const auto written = stream_.write(commands); !written) close(written.error());
    }

    // Replies.
    void on_reply(resp_reply reply) {
        switch (phase_) {
            case phase::connecting:
                on_handshake_reply(reply);
                break;
            case phase::info:
                on_info(reply);
                break;
            case phase::checking:
                on_page(reply);
                break;
            case phase::streaming:
                on_answer(reply);
                break;
            case phase::closed:
            case phase::stopped:
                break;
        }
    }

    void refuse(refusal refused) {
        refusal_ = std::move(refused);
        cautious_ = true;
        close({errc::refused, refusal_->words});
    }

    void on_handshake_reply(resp_reply reply) {
        if (handshake_.done()) {
            close({errc::wrong_protocol, "redis replied to nothing that was asked"});
            return;
        }
        if (auto refused = handshake_.on_reply(reply)) {
            refuse(std::move(*refused));
            return;
        }
        if (handshake_.done()) ask_info();
    }

    void ask_info() {
        phase_ = phase::info;
        std::string command;
        append_command(command, {"XINFO", "STREAM", settings_.stream});
        say(command);
    }

    void on_info(resp_reply reply) {
        info_ = {};
        info_.first = redis_id::last();
        if (reply[0].kind != resp_kind::error) {
            const auto read = read_stream_info(reply);
            if (!read) {
                close(read.error());
                return;
            }
            info_ = *read;
        } else if (reply[0].text != "ERR no such key") {
            refuse(refusal_of(reply[0].text));
            return;
        }
        foreign_ = false;
        pull_for_check();
        if (window_.needs_check(info_.last))
            ask_page(window_.check_from());
        else
            begin_streaming();
    }

    // Only records up to the stream's top can be stored already.
    void pull_for_check() {
        while (!window_.full() && (window_.empty() || window_.reaches(info_.last)))
            if (!pull()) return;
    }

    void ask_page(redis_id from) {
        phase_ = phase::checking;
        std::string command;
        append_command(command,
                       {"XRANGE", settings_.stream, redis_id_text(from).view(),
                        redis_id_text(info_.last).view(), "COUNT", std::to_string(page_count)});
        say(command);
    }

    void on_page(resp_reply reply) {
        if (reply[0].kind == resp_kind::error) {
            refuse(refusal_of(reply[0].text));
            return;
        }
        if (const auto read = read_stream_page(reply, page_); !read) {
            close(read.error());
            return;
        }
        for (const stream_entry_head& entry : page_) {
            while (window_.is_behind(entry.id) && pull_behind())
                continue;
            const bool own = window_.on_entry(entry.id, entry.source, entry.event_id);
            foreign_ = foreign_ || !own;
        }
        acknowledge();
        pull_for_check();
        if (page_.size() == page_count && page_.back().id < info_.last)
            ask_page(page_.back().id.next());
        else
            begin_streaming();
    }

    // The next record, if one that could be in the stream already is published.
    bool pull_behind() {
        if (!window_.reaches(info_.last)) return false;
        if (window_.full()) acknowledge();
        if (window_.full() && !window_.try_leave_out(info_)) return false;
        return pull();
    }

    void begin_streaming() {
        const redis_window::verdict checked = window_.end_check(info_);
        if (checked.position_again) journal_.seek(*checked.position_again);
        first_check_ = false;
        if (foreign_ || checked.floor_raised)
            log_warn("the redis stream's top is not ours; our IDs go on above it",
                     {{"sink", settings_.name},
                      {"stream", settings_.stream},
                      {"top", redis_id_text(info_.last).view()},
                      {"another_writer", foreign_ ? "yes" : "no"}});
        phase_ = phase::streaming;
        stored_since_check_ = false;
        if (!counters_.connected) {
            if (connected_before_) ++counters_.reconnects;
            connected_before_ = counters_.connected = true;
            log_info(
                "connected to redis",
                {{"sink", settings_.name}, {"address", address()}, {"stream", settings_.stream}});
        }
        if (!cautious_) backoff_.reset();
        reply_timer_->stop();
        acknowledge();
        send();
    }

    void on_answer(resp_reply reply) {
        if (window_.in_flight() == 0) {
            close({errc::wrong_protocol, "redis replied to nothing that was asked"});
        } else if (reply[0].kind == resp_kind::error) {
            window_.on_refused();
            if (!refusal_) refusal_ = refusal_of(reply[0].text);
        } else if (reply[0].kind == resp_kind::text) {
            window_.on_stored();
            stored_since_check_ = true;
            if (cautious_ && !refusal_) {
                cautious_ = false;
                backoff_.reset();
            }
        } else {
            close({errc::wrong_protocol, "redis replied to XADD with no ID"});
        }
    }

    // Every outstanding reply has come: what was refused is known exactly.
    void on_refused_and_quiet() {
        if (refusal_->kind == refusal_kind::conflict && stored_since_check_) {
            refusal_.reset();
            ask_info();
            return;
        }
        refuse(std::move(*refusal_));
    }

    // Records.
    bool pull() {
        if (window_.full()) return false;
        const auto next = journal_.next();
        if (!next) {
            log_error("the journal cannot be read",
                      {{"sink", settings_.name}, {"reason", next.error().what}});
            return false;
        }
        if (!*next) return false;
        window_.push(**next, first_check_);
        return true;
    }

    std::size_t fill_batch() {
        writer_.clear();
        const std::size_t in_flight_max = cautious_ ? 1 : settings_.in_flight_max;
        std::size_t count = 0;
        while (count < settings_.batch_size_max && window_.in_flight() < in_flight_max) {
            const record* next = window_.next_to_send();
            if (next == nullptr) {
                if (!pull()) break;
                continue;
            }
            if (!writer_.try_add(*next, window_.id_of(*next))) break;
            window_.on_sent();
            ++count;
        }
        return count;
    }

    void acknowledge() {
        const redis_window::taken taken = window_.take_stored();
        if (taken.count == 0) return;
        counters_.acknowledged += taken.count;
        if (const auto moved = journal_.acknowledge(taken.position_next); !moved)
            log_error("the cursor cannot be stored; after a restart events are checked again",
                      {{"sink", settings_.name}, {"reason", moved.error().what}});
    }

    const redis_settings settings_;
    loop& loop_;
    journal_reader& journal_;
    stream stream_;
    resp_writer writer_;
    resp_reader replies_;
    redis_window window_;
    redis_handshake handshake_;
    backoff backoff_;
    std::vector<char> space_;
    std::optional<timer> retry_timer_;
    std::optional<timer> rest_timer_;
    std::optional<timer> reply_timer_;
    std::optional<timer> drain_timer_;
    phase phase_ = phase::closed;
    redis_stream_info info_;
    std::vector<stream_entry_head> page_;
    std::optional<refusal> refusal_;   // why nothing is sent; cleared by the next connection
    bool closing_ = false;             // the rest of what was read does not matter
    bool cautious_ = false;            // one command at a time until Redis takes one
    bool first_check_ = true;          // the journal's records may be from an earlier run
    bool foreign_ = false;             // the check met an entry of another writer
    bool stored_since_check_ = false;  // so a conflict is a new one
    bool connected_before_ = false;
    bool draining_ = false;
    sink_counters counters_;
};

redis_sink::redis_sink(const redis_settings& settings, loop& own_loop, journal_reader& reader)
    : state_(std::make_unique<state>(settings, own_loop, reader)) {}

redis_sink::~redis_sink() = default;

std::string_view redis_sink::name() const noexcept {
    return state_->settings().name;
}
void redis_sink::start() {
    state_->start();
}
void redis_sink::wake() {
    state_->send();
}
void redis_sink::drain(std::chrono::milliseconds deadline) {
    state_->drain(deadline);
}
bool redis_sink::drained() const noexcept {
    return state_->drained();
}
void redis_sink::stop() {
    state_->stop();
}
const sink_counters& redis_sink::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sinks
