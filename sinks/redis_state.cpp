#include "sinks/redis_state.h"

#include <array>
#include <deque>
#include <optional>
#include <random>
#include <vector>

#include "core/backoff.h"
#include "core/log.h"
#include "sinks/background_call.h"
#include "sinks/live_fields.h"
#include "sinks/redis_handshake.h"
#include "sinks/redis_refusal.h"
#include "sinks/resp_reader.h"
#include "sinks/resp_writer.h"

namespace callstream::sinks {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t read_size = 64 * 1024;
constexpr std::size_t reply_size_max = 64 * 1024 * 1024;
constexpr std::size_t in_flight_max = 512;  // entries
constexpr milliseconds gather_time{100};
constexpr milliseconds refusal_interval{60'000};

// Those of callstream itself change each second and are not kept here.
constexpr std::array<live_kind, 7> kinds{live_kind::source,  live_kind::call,      live_kind::queue,
                                         live_kind::agent,   live_kind::extension, live_kind::trunk,
                                         live_kind::activity};

void append_words(std::string& out, const std::vector<std::string>& words) {
    out.append("*").append(std::to_string(words.size())).append("\r\n");
    for (const std::string& word : words)
        out.append("$")
            .append(std::to_string(word.size()))
            .append("\r\n")
            .append(word)
            .append("\r\n");
}

// What a person must do, where it is another thing than for the stream.
std::string_view words_of(const refusal& refused) noexcept {
    if (refused.said.starts_with("NOPERM"))
        return "the redis user may not keep the live state; it needs hset, expire, del, sadd, srem "
               "and smembers on the keys of state_prefix";
    if (refused.said.starts_with("WRONGTYPE"))
        return "a redis key of the live state holds something else; delete it, or choose another "
               "state_prefix";
    if (refused.said.starts_with("MOVED") || refused.said.starts_with("ASK"))
        return "the live state needs all its keys on one node of the redis cluster; put a {tag} "
               "into state_prefix and name that node";
    return refused.words;
}

}  // namespace

class redis_state::state final : public stream_handler {
public:
    state(const redis_state_settings& settings, loop& own_loop, journal_reader& reader)
        : settings_(settings),
          loop_(own_loop),
          feed_(settings_.feed, reader),
          stream_(own_loop, settings_.redis.connection, *this),
          replies_(reply_size_max),
          handshake_(settings_.redis),
          backoff_(settings_.redis.backoff_first, settings_.redis.backoff_longest,
                   std::random_device{}()),
          space_(read_size) {}

    void start() {
        retry_.emplace(loop_, [this] { connect(); });
        patience_.emplace(loop_, [this] { close({errc::timeout, "redis did not reply in time"}); });
        gather_.emplace(loop_, [this] { on_gathered(); });
        refresh_.emplace(loop_, [this] { feed_.tell_all(), send(); });
        refresh_->repeat(std::chrono::duration_cast<milliseconds>(settings_.expiry) / 2);
        storing_.emplace(loop_);
        feed_.store_with(&*storing_);
        feed_.restore();
        gather_->start(milliseconds(0));
        connect();
    }
    void wake() {
        if (!gathering_ && gather_) gather_->start(gather_time);
        gathering_ = true;
    }
    void drain() {
        draining_ = true;
        while (feed_.read()) {
        }
        send();
    }
    bool drained() {
        if (draining_ && feed_.is_settled()) feed_.store(loop_.time(), true);
        return draining_ && feed_.is_settled();
    }
    void stop() {
        if (phase_ == phase::stopped) return;
        const bool open = phase_ != phase::closed;
        phase_ = phase::stopped;
        feed_.store_with(nullptr);
        storing_.reset();
        feed_.store(loop_.time(), true);
        retry_.reset();
        patience_.reset();
        gather_.reset();
        refresh_.reset();
        counters_.connected = false;
        if (open) stream_.close({errc::disconnected, "the sink was stopped"});
    }

    const std::string& name() const noexcept { return settings_.redis.name; }
    const sink_counters& counters() const noexcept { return counters_; }

private:
    enum class phase : std::uint8_t { closed, connecting, comparing, sending, stopped };
    struct sent_change {
        live_change change;
        std::size_t reply_count;
        std::optional<refusal> refused{};
    };

    void connect() {
        phase_ = phase::connecting;
        refusal_.reset();
        stream_.connect();
    }

    void on_gathered() {
        gathering_ = false;
        if (feed_.read()) wake();
        send();
        feed_.store(loop_.time(), false);
    }

    void on_open() override {
        replies_.reset();
        say(handshake_.begin());
    }
    std::span<char> on_space() override { return space_; }
    void on_bytes(std::size_t size) override {
        if (phase_ == phase::stopped || closing_) return;
        if (const auto fed = replies_.feed({space_.data(), size}); !fed) return close(fed.error());
        while (!closing_) {
            const auto reply = replies_.next();
            if (!reply) return close(reply.error());
            if (!*reply) return;
            on_reply(**reply);
        }
    }
    void on_idle() override {
        if (phase_ != phase::sending || closing_) return;
        sent_.empty() ? patience_->stop() : patience_->start(settings_.redis.reply_timeout);
        send();
        feed_.store(loop_.time(), false);
    }
    void on_closed(const error& reason) override {
        counters_.connected = false;
        closing_ = false;
        for (const sent_change& sent : sent_)
            feed_.give_back(sent.change);
        sent_.clear();
        if (phase_ == phase::stopped) return;
        phase_ = phase::closed;
        patience_->stop();
        there_.clear();
        const bool person = refusal_ && refusal_->kind == refusal_kind::person;
        const milliseconds wait = person ? settings_.redis.backoff_longest : backoff_.next();
        log_end(reason, wait);
        retry_->start(wait);
    }

    // While it goes on being refused for the same reason, that is said once a minute.
    void log_end(const error& reason, milliseconds wait) {
        if (!refusal_)
            return log_warn("no connection to redis for the live state",
                            {{"sink", name()},
                             {"reason", reason.what},
                             {"detail", stream_.detail()},
                             {"retry_in_ms", wait.count()}});
        const bool is_known = refusal_->said == refused_with_;
        if (is_known && loop_.time() - refusal_logged_ < refusal_interval) return;
        refused_with_ = refusal_->said;
        refusal_logged_ = loop_.time();
        const bool person = refusal_->kind == refusal_kind::person;
        write_log(person ? log_level::error : log_level::warn, words_of(*refusal_),
                  {{"sink", name()},
                   {"state_prefix", settings_.prefix},
                   {"key", refused_key_},
                   {"reply", refusal_->said},
                   {"retry_in_ms", wait.count()}});
    }
    void refuse(refusal refused, std::string key) {
        refusal_ = std::move(refused);
        refused_key_ = std::move(key);
        close({errc::refused, refusal_->words});
    }

    void close(const error& reason) {
        closing_ = true;
        stream_.close(reason);
    }
    void say(const std::string& commands) {
        patience_->start(settings_.redis.reply_timeout);
        if (const auto written = stream_.write(commands); !written) close(written.error());
    }

    void on_reply(resp_reply reply) {
        if (phase_ == phase::connecting) return on_handshake_reply(reply);
        if (phase_ == phase::comparing) return on_keys(reply);
        if (phase_ == phase::sending) on_answer(reply);
    }

    void on_handshake_reply(resp_reply reply) {
        if (auto refused = handshake_.on_reply(reply)) return refuse(std::move(*refused), {});
        if (!handshake_.done()) return;
        phase_ = phase::comparing;
        compared_ = 0;
        std::string commands;
        for (const live_kind kind : kinds)
            append_words(commands, {"SMEMBERS", index_of(kind)});
        say(commands);
    }

    // Whoever is there and is no longer so is gone.
    void on_keys(resp_reply reply) {
        if (reply[0].kind == resp_kind::error)
            return refuse(refusal_of(reply[0].text), index_of(kinds[compared_]));
        for (const resp_node& node : reply.subspan(1))
            there_.emplace_back(kinds[compared_], std::string(node.text));
        if (++compared_ < kinds.size()) return;
        phase_ = phase::sending;
        all_due_ = true;
        if (refused_with_.empty()) note_connected();
    }

    // After a refusal only once something was taken: else it would be so again with each try.
    void note_connected() {
        if (counters_.connected.exchange(true)) return;
        if (connected_before_) ++counters_.reconnects;
        connected_before_ = true;
        refused_with_.clear();
        log_info("connected to redis for the live state", {{"sink", name()}});
    }

    void on_answer(resp_reply reply) {
        if (sent_.empty())
            return close({errc::wrong_protocol, "redis replied to nothing that was asked"});
        sent_change& oldest = sent_.front();
        if (reply[0].kind == resp_kind::error && !oldest.refused)
            oldest.refused = refusal_of(reply[0].text);
        if (--oldest.reply_count > 0) return;
        if (oldest.refused) {
            std::string key(name_of(oldest.change.kind));
            key.append(1, ':').append(oldest.change.key);
            return refuse(std::move(*oldest.refused), std::move(key));
        }
        note_connected();
        backoff_.reset();
        feed_.settle(oldest.change);
        ++counters_.acknowledged;
        sent_.pop_front();
    }

    std::string index_of(live_kind kind) const {
        return settings_.prefix + "index:" + std::string(name_of(kind));
    }

    void append(std::string& out, const live_change& change) {
        const std::string key =
            settings_.prefix + std::string(name_of(change.kind)) + ':' + change.key;
        if (change.value.empty()) {
            append_words(out, {"DEL", key});
            append_words(out, {"SREM", index_of(change.kind), change.key});
            sent_.push_back({change, 2});
            return;
        }
        std::vector<std::string> words{"HSET", key};
        for (auto& [name, value] : fields_of(change.value)) {
            words.push_back(std::move(name));
            words.push_back(std::move(value));
        }
        append_words(out, words);
        append_words(out, {"EXPIRE", key, std::to_string(settings_.expiry.count())});
        append_words(out, {"SADD", index_of(change.kind), change.key});
        sent_.push_back({change, 3});
    }

    void send() {
        if (phase_ != phase::sending || closing_ || !feed_.is_whole()) return;
        if (std::exchange(all_due_, false)) {
            for (const auto& [kind, key] : there_)
                feed_.tell_gone(kind, key);
            there_.clear();
            feed_.tell_all();
        }
        std::string commands;
        while (sent_.size() < in_flight_max) {
            const auto change = feed_.next();
            if (!change) break;
            append(commands, *change);
            ++counters_.sent;
        }
        if (!commands.empty()) say(commands);
    }

    const redis_state_settings settings_;
    loop& loop_;
    live_feed feed_;
    stream stream_;
    resp_reader replies_;
    redis_handshake handshake_;
    backoff backoff_;
    std::vector<char> space_;
    std::optional<background_call> storing_;
    std::optional<timer> retry_;
    std::optional<timer> patience_;
    std::optional<timer> gather_;
    std::optional<timer> refresh_;
    phase phase_ = phase::closed;
    std::deque<sent_change> sent_;  // in the order of their replies
    std::vector<std::pair<live_kind, std::string>> there_;
    std::size_t compared_ = 0;
    std::optional<refusal> refusal_;  // why this connection was given up
    std::string refused_key_;
    std::string refused_with_;  // what was logged; empty: it was taken since
    milliseconds refusal_logged_{0};
    bool all_due_ = false;
    bool gathering_ = false;
    bool closing_ = false;
    bool draining_ = false;
    bool connected_before_ = false;
    sink_counters counters_;
};

redis_state::redis_state(const redis_state_settings& settings, loop& own_loop,
                         journal_reader& reader)
    : state_(std::make_unique<state>(settings, own_loop, reader)) {}

redis_state::~redis_state() = default;

std::string_view redis_state::name() const noexcept {
    return state_->name();
}

void redis_state::start() {
    state_->start();
}

void redis_state::wake() {
    state_->wake();
}

void redis_state::drain(std::chrono::milliseconds) {
    state_->drain();
}

bool redis_state::drained() const noexcept {
    return state_->drained();
}

void redis_state::stop() {
    state_->stop();
}

const sink_counters& redis_state::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sinks
