#include "sinks/kafka_state.h"

#include <optional>
#include <random>
#include <unordered_map>
#include <utility>

#include "core/backoff.h"
#include "core/log.h"
#include "sinks/background_call.h"
#include "sinks/kafka_producer.h"
#include "sinks/murmur2.h"

namespace callstream::sinks {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t in_flight_max = 5'000;
constexpr milliseconds look_up_patience{2'000};  // stop() may have to wait for it
constexpr milliseconds flush_patience{250};
constexpr milliseconds gather_time{100};

std::string_view words_of(int code) noexcept {
    return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
}

}  // namespace

// A producer that fails is destroyed on another thread, and what it had not delivered is sent again
// by the next: only the latest value of an entry counts, so that no order has to be kept but that.
class kafka_state::state {
public:
    state(const kafka_state_settings& settings, loop& own_loop, journal_reader& reader)
        : settings_(settings),
          loop_(own_loop),
          feed_(settings_.feed, reader),
          backoff_(settings_.kafka.backoff_first, settings_.kafka.backoff_longest,
                   std::random_device{}()) {}

    void start() {
        events_.emplace(loop_, [this] { on_events(); });
        background_.emplace(loop_);
        storing_.emplace(loop_);
        feed_.store_with(&*storing_);
        retry_.emplace(loop_, [this] { producer_ ? look_up() : make_producer(); });
        gather_.emplace(loop_, [this] { on_gathered(); });
        tells_all_ = !feed_.restore();
        gather_->start(milliseconds(0));
        make_producer();
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
        flush();
    }
    bool drained() {
        if (draining_ && feed_.is_settled()) feed_.store(loop_.time(), true);
        return draining_ && feed_.is_settled();
    }
    void stop() {
        if (stopping_) return;
        stopping_ = true;
        feed_.store_with(nullptr);
        storing_.reset();
        feed_.store(loop_.time(), true);
        counters_.connected = false;
        retry_.reset();
        gather_.reset();
        if (!background_->busy()) retire();  // else when that call is done
    }

    const std::string& name() const noexcept { return settings_.kafka.name; }
    const sink_counters& counters() const noexcept { return counters_; }

private:
    void make_producer() {
        std::string explanation;
        auto made = kafka_producer::make(settings_.kafka, 0, *events_, explanation);
        if (!made) {
            log_error("no kafka producer could be made",
                      {{"sink", name()}, {"reason", explanation}});
            return retry_->start(backoff_.next());
        }
        producer_ = std::move(*made);
        failure_.clear();
        look_up();
    }

    void look_up() {
        if (background_->busy()) return;
        background_->start([this] { looked_up_ = producer_->partition_count(look_up_patience); },
                           [this] { on_looked_up(); });
    }

    void on_looked_up() {
        if (stopping_ || !failure_.empty()) return retire();
        if (!looked_up_) {
            counters_.connected = false;
            log_warn("the kafka topic of the live state cannot be used yet",
                     {{"sink", name()},
                      {"topic", settings_.kafka.topic},
                      {"reason", words_of(looked_up_.error().sys)}});
            return retry_->start(backoff_.next());
        }
        partition_count_ = *looked_up_;
        if (!counters_.connected.exchange(true)) {
            if (connected_before_) ++counters_.reconnects;
            connected_before_ = true;
            log_info("connected to kafka for the live state",
                     {{"sink", name()}, {"topic", settings_.kafka.topic}});
        }
        send();
    }

    // What it had in flight is taken back once it is gone.
    void retire() {
        if (!producer_) return close();
        counters_.connected = false;
        partition_count_ = 0;
        producer_->purge();
        retired_ = std::move(producer_);
        background_->start([this] { retired_.reset(); },
                           [this] {
                               for (const auto& [ticket, change] : in_flight_)
                                   feed_.give_back(change);
                               in_flight_.clear();
                               if (stopping_) return close();
                               retry_->start(backoff_.next());
                           });
    }

    void close() {
        background_.reset();
        events_.reset();
    }

    void on_gathered() {
        gathering_ = false;
        if (feed_.read()) wake();
        send();
        feed_.store(loop_.time(), false);
    }

    void send() {
        if (partition_count_ == 0 || !producer_ || !failure_.empty() || !feed_.is_whole()) return;
        if (std::exchange(tells_all_, false)) feed_.tell_all();
        while (in_flight_.size() < in_flight_max && failure_.empty()) {
            auto change = feed_.next();
            if (!change) return;
            if (change->kind == live_kind::sink || change->kind == live_kind::process) {
                feed_.settle(*change);
                continue;
            }
            produce(std::move(*change));
        }
    }

    void produce(live_change change) {
        const std::uint64_t ticket = ++last_ticket_;
        const live_change& kept = in_flight_.emplace(ticket, std::move(change)).first->second;
        std::string key(name_of(kept.kind));
        key.append(1, ':').append(kept.key);
        rd_kafka_message_t message{};
        message.key = key.data();
        message.key_len = key.size();
        message.payload = kept.value.empty() ? nullptr : const_cast<char*>(kept.value.data());
        message.len = kept.value.size();
        message.partition = partition_of(key, partition_count_);
        message._private = reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket));
        producer_->produce({&message, 1});
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++counters_.sent;
            return;
        }
        if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return reject(ticket);
        failure_ = words_of(message.err);
        events_->notify();
    }

    void reject(std::uint64_t ticket) {
        const auto found = in_flight_.find(ticket);
        log_error("kafka rejects an entry of the live state for its size",
                  {{"sink", name()},
                   {"kind", name_of(found->second.kind)},
                   {"size", found->second.value.size()}});
        feed_.settle(found->second);
        in_flight_.erase(found);
        ++counters_.rejected;
    }

    void on_events() {
        if (!producer_) return;
        while (const kafka_event event = producer_->next_event()) {
            if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR)
                while (const auto* report = rd_kafka_event_message_next(event.get()))
                    on_report(*report);
            if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) on_error(event.get());
        }
        if (!failure_.empty() && !background_->busy()) {
            log_warn("the kafka producer of the live state is replaced",
                     {{"sink", name()}, {"reason", failure_}});
            return retire();
        }
        send();
        if (draining_) flush();
        feed_.store(loop_.time(), false);
    }

    void on_report(const rd_kafka_message_t& report) {
        const auto ticket =
            static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(report._private));
        const auto found = in_flight_.find(ticket);
        if (found == in_flight_.end()) return;
        if (report.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) return reject(ticket);
        if (report.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            failure_ = words_of(report.err);
            return;
        }
        feed_.settle(found->second);
        in_flight_.erase(found);
        ++counters_.acknowledged;
        backoff_.reset();
    }

    void on_error(rd_kafka_event_t* event) {
        if (rd_kafka_event_error_is_fatal(event) != 0) failure_ = producer_->fatal_words();
    }

    void flush() {
        if (!producer_ || background_->busy() || in_flight_.empty()) return;
        background_->start([this] { producer_->flush(flush_patience); },
                           [this] {
                               if (stopping_ || !failure_.empty()) return retire();
                               on_events();
                           });
    }

    const kafka_state_settings settings_;
    loop& loop_;
    live_feed feed_;
    backoff backoff_;
    // The wake-up outlives the producer that notifies it.
    std::optional<wakeup> events_;
    std::unordered_map<std::uint64_t, live_change> in_flight_;  // librdkafka reads their values
    std::unique_ptr<kafka_producer> producer_;
    std::unique_ptr<kafka_producer> retired_;  // being destroyed by the background call
    result<std::int32_t> looked_up_;           // written by the background call
    std::optional<background_call> background_;
    std::optional<background_call> storing_;
    std::optional<timer> retry_;
    std::optional<timer> gather_;
    std::int32_t partition_count_ = 0;  // 0: nothing can be sent
    std::uint64_t last_ticket_ = 0;
    std::string failure_;  // why the producer must be replaced; empty: it need not
    bool tells_all_ = false;
    bool gathering_ = false;
    bool draining_ = false;
    bool stopping_ = false;
    bool connected_before_ = false;
    sink_counters counters_;
};

kafka_state::kafka_state(const kafka_state_settings& settings, loop& own_loop,
                         journal_reader& reader)
    : state_(std::make_unique<state>(settings, own_loop, reader)) {}

kafka_state::~kafka_state() = default;

std::string_view kafka_state::name() const noexcept {
    return state_->name();
}

void kafka_state::start() {
    state_->start();
}

void kafka_state::wake() {
    state_->wake();
}

void kafka_state::drain(std::chrono::milliseconds) {
    state_->drain();
}

bool kafka_state::drained() const noexcept {
    return state_->drained();
}

void kafka_state::stop() {
    state_->stop();
}

const sink_counters& kafka_state::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sinks
