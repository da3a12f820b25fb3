#include "sinks/kafka_sink.h"

#include <optional>
#include <random>
#include <string_view>
#include <utility>

#include "core/backoff.h"
#include "core/log.h"
#include "sinks/background_call.h"
#include "sinks/delivery_window.h"
#include "sinks/kafka_batch.h"
#include "sinks/kafka_producer.h"

namespace callstream::sinks {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t batch_count_max = 1000;
constexpr std::chrono::milliseconds look_up_patience = 2s;  // stop() may have to wait for it
constexpr std::chrono::milliseconds look_up_every = 60s;
constexpr std::chrono::milliseconds report_patience = 500ms;  // for reports of what was purged
constexpr std::chrono::milliseconds flush_patience = 250ms;
constexpr int version_without_desync = 0x02030000;  // librdkafka 2.3.0

std::string_view words_of(int code) noexcept {
    return rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code));
}

}  // namespace

// Whatever goes wrong with a producer leads over retiring to a new one, which sends again, in
// order, what is not settled:
//
//   resolving --partition count known--> sending
//   resolving, sending --failure--> retiring --destroyed--> waiting --back-off--> resolving
class kafka_sink::state {
public:
    state(const kafka_settings& settings, loop& own_loop, journal_reader& reader)
        : settings_(settings),
          loop_(own_loop),
          reader_(reader),
          window_(settings.in_flight_max, reader.position()),
          batch_(batch_count_max),
          backoff_(settings.backoff_first, settings.backoff_longest, std::random_device{}()) {}

    void start();
    void pump();
    void drain(std::chrono::milliseconds deadline);
    bool drained() const noexcept;
    void stop();

    const kafka_settings& settings() const noexcept { return settings_; }
    const sink_counters& counters() const noexcept { return counters_; }

private:
    enum class phase : std::uint8_t { idle, resolving, sending, retiring, waiting, stopped };

    void make_producer();
    void look_up();
    void on_looked_up();
    void retire();
    void end_retiring();
    void on_destroyed();
    void close();
    void on_timer();

    void fill_batch();
    void send_batch();
    void on_refused(const rd_kafka_message_t& message);
    void flush();
    void give_up_draining();

    void on_events();
    void on_event(rd_kafka_event_t* event);
    void on_delivery(const rd_kafka_message_t& report);
    void on_delivered(const rd_kafka_message_t& report);
    void on_too_large(const rd_kafka_message_t& report);
    void on_error(rd_kafka_event_t* event);
    void on_log(rd_kafka_event_t* event) const;
    void reject(const rd_kafka_message_t& message);
    void acknowledge();
    void set_connected(bool connected);

    const kafka_settings settings_;
    loop& loop_;
    journal_reader& reader_;
    sink_counters counters_;

    delivery_window window_;
    std::uint64_t next_ticket_ = 0;  // of the record that reader_ gives next
    kafka_batch batch_;
    std::size_t batch_size_ = 0;  // 0: as configured
    std::int32_t partition_count_ = 0;

    phase phase_ = phase::idle;
    std::string failure_;                 // why the producer must be retired; empty: it need not
    std::uint64_t unreported_count_ = 0;  // taken by the producer, and no report yet
    std::uint64_t delivered_count_ = 0;   // since the last acknowledge()
    bool queue_full_ = false;             // librdkafka's; reports make room
    bool look_up_soon_ = false;           // a broker failed; the timer asks the others
    bool was_connected_ = false;
    bool draining_ = false;
    bool caught_up_ = false;  // draining, and all there was has been read
    bool gave_up_ = false;    // draining, and the deadline passed
    bool stopping_ = false;
    backoff backoff_;

    // The wake-up outlives the producer that notifies it.
    std::optional<wakeup> events_;
    std::unique_ptr<kafka_producer> producer_;
    std::unique_ptr<kafka_producer> retired_;  // being destroyed by the background call
    result<std::int32_t> looked_up_;           // written by the background call
    std::optional<background_call> background_;
    std::optional<timer> timer_;
    std::optional<timer> drain_timer_;
};

void kafka_sink::state::start() {
    if (rd_kafka_version() < version_without_desync)
        log_info(
            "this librdkafka may lose its place after a broker failure, before version 2.3.0; "
            "the sink then makes a new producer and sends again",
            {{"sink", settings_.name}, {"version", rd_kafka_version_str()}});
    events_.emplace(loop_, [this] { on_events(); });
    background_.emplace(loop_);
    timer_.emplace(loop_, [this] { on_timer(); });
    drain_timer_.emplace(loop_, [this] { give_up_draining(); });
    make_producer();
}

void kafka_sink::state::on_timer() {
    if (phase_ == phase::waiting) return make_producer();
    if (phase_ != phase::retiring) return look_up();
    unreported_count_ = 0;  // waited long enough: what is still missing may be sent twice
    end_retiring();
}

void kafka_sink::state::make_producer() {
    std::string explanation;
    auto made = kafka_producer::make(settings_, batch_size_, *events_, explanation);
    if (!made) {
        log_error("no kafka producer could be made",
                  {{"sink", settings_.name}, {"reason", explanation}});
        phase_ = phase::waiting;
        timer_->start(backoff_.next());
        return;
    }
    producer_ = std::move(*made);
    batch_size_ = producer_->batch_size();
    unreported_count_ = 0;
    failure_.clear();
    phase_ = phase::resolving;
    look_up();
}

void kafka_sink::state::look_up() {
    if (background_->busy()) return;  // what it does now ends with another look-up or timer
    look_up_soon_ = false;
    background_->start([this] { looked_up_ = producer_->partition_count(look_up_patience); },
                       [this] { on_looked_up(); });
}

void kafka_sink::state::on_looked_up() {
    if (phase_ == phase::retiring) return end_retiring();
    if (!looked_up_) {
        set_connected(false);
        const bool refused = looked_up_.error().code == errc::refused;
        log_warn(refused ? "the kafka topic cannot be used yet" : "no kafka broker answers",
                 {{"sink", settings_.name},
                  {"topic", settings_.topic},
                  {"reason", words_of(looked_up_.error().sys)}});
        timer_->start(backoff_.next());
        return;
    }
    partition_count_ = *looked_up_;
    phase_ = phase::sending;
    set_connected(true);
    timer_->start(look_up_soon_ ? backoff_.next() : look_up_every);
    pump();
}

// Purged messages are reported too. Waiting for that finds out what was delivered after all, and
// which record was too large.
void kafka_sink::state::retire() {
    if (!stopping_)
        log_warn("the kafka producer is replaced",
                 {{"sink", settings_.name}, {"reason", failure_}});
    phase_ = phase::retiring;
    set_connected(false);
    producer_->purge();
    timer_->start(report_patience);
    end_retiring();
}

void kafka_sink::state::end_retiring() {
    if (unreported_count_ != 0 || background_->busy()) return;
    timer_->stop();
    retired_ = std::move(producer_);
    background_->start([this] { retired_.reset(); }, [this] { on_destroyed(); });
}

void kafka_sink::state::on_destroyed() {
    if (stopping_) return close();
    next_ticket_ = window_.first();
    reader_.seek(window_.position_of(next_ticket_));
    phase_ = phase::waiting;
    timer_->start(backoff_.next());
}

// Reads on from the journal. What was read before a producer was replaced has its ticket already,
// and is passed over if it is settled.
void kafka_sink::state::fill_batch() {
    batch_.clear();
    while (!batch_.full() && (next_ticket_ != window_.end() || !window_.full())) {
        const auto read = reader_.next();
        if (!read)
            log_error("the journal cannot be read",
                      {{"sink", settings_.name}, {"reason", read.error().what}});
        if (!read || !*read) {
            caught_up_ = draining_;
            return;
        }
        const record& found = **read;
        const std::uint64_t ticket = next_ticket_++;
        if (ticket == window_.end())
            window_.push({found.position_next, found.sequence, found.type, false});
        if (!window_[ticket].settled) batch_.add(found, ticket, partition_count_);
    }
}

void kafka_sink::state::send_batch() {
    producer_->produce(batch_.messages());
    std::uint64_t taken_count = 0;
    const rd_kafka_message_t* refused = nullptr;
    for (const rd_kafka_message_t& message : batch_.messages()) {
        if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ++taken_count;
        } else if (message.err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
            reject(message);
        } else {
            refused = &message;
            break;
        }
    }
    unreported_count_ += taken_count;
    counters_.sent.fetch_add(taken_count, std::memory_order_relaxed);
    if (refused != nullptr) on_refused(*refused);
}

void kafka_sink::state::on_refused(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        failure_ = words_of(message.err);
        return retire();
    }
    // Nothing behind it was taken either: go on from here when reports have made room.
    next_ticket_ = kafka_batch::ticket_of(message);
    reader_.seek(window_.position_of(next_ticket_));
    queue_full_ = true;
}

void kafka_sink::state::pump() {
    queue_full_ = false;
    acknowledge();  // makes room in the window
    while (phase_ == phase::sending && !queue_full_ &&
           (!caught_up_ || next_ticket_ != window_.end())) {
        fill_batch();
        if (batch_.messages().empty()) break;
        send_batch();
        acknowledge();
    }
    flush();
}

// While draining, batches do not wait to become full.
void kafka_sink::state::flush() {
    const bool due = draining_ && !gave_up_ && phase_ == phase::sending && !window_.empty();
    if (!due || background_->busy()) return;
    background_->start([this] { producer_->flush(flush_patience); },
                       [this] { phase_ == phase::retiring ? end_retiring() : flush(); });
}

void kafka_sink::state::on_events() {
    if (!producer_) return;
    while (const kafka_event event = producer_->next_event())
        on_event(event.get());
    if (phase_ == phase::retiring) {
        acknowledge();
        return end_retiring();
    }
    if (!failure_.empty()) retire();
    pump();
}

void kafka_sink::state::on_event(rd_kafka_event_t* event) {
    switch (rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_DR:
            while (const rd_kafka_message_t* report = rd_kafka_event_message_next(event))
                on_delivery(*report);
            break;
        case RD_KAFKA_EVENT_ERROR:
            on_error(event);
            break;
        case RD_KAFKA_EVENT_LOG:
            on_log(event);
            break;
        default:
            break;
    }
}

void kafka_sink::state::on_delivery(const rd_kafka_message_t& report) {
    if (unreported_count_ != 0) --unreported_count_;
    switch (report.err) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            on_delivered(report);
            break;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            on_too_large(report);
            break;
        case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
        case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
            break;  // the next producer sends it again
        default:
            failure_ = words_of(report.err);
    }
}

// librdkafka also infers that a batch arrived, from the success of the one behind it. A broker that
// has no memory of this producer takes that one although the first was never stored, for instance
// while the partition's leader moves. So only an offset proves a delivery.
void kafka_sink::state::on_delivered(const rd_kafka_message_t& report) {
    if (report.offset < 0) {
        failure_ = "a delivery was inferred, not confirmed";
        return;
    }
    window_.settle(kafka_batch::ticket_of(report));
    ++delivered_count_;
}

// The broker refuses a batch as a whole, and does not say what its bound is.
void kafka_sink::state::on_too_large(const rd_kafka_message_t& report) {
    if (kafka_batch::size_of(report) >= batch_size_) return reject(report);  // it was alone
    if (batch_size_ == producer_->batch_size()) batch_size_ /= 2;            // once a producer
    failure_ = "the broker takes smaller batches only";
}

void kafka_sink::state::on_error(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    if (rd_kafka_event_error_is_fatal(event) != 0) {
        if (failure_.empty()) failure_ = producer_->fatal_words();
        return;
    }
    log_warn("kafka error", {{"sink", settings_.name},
                             {"reason", words_of(code)},
                             {"detail", rd_kafka_event_error_string(event)}});
    // One broker of several, perhaps, and nothing is lost by it. Whether any answers shows at once.
    if (phase_ != phase::sending || look_up_soon_) return;
    look_up_soon_ = true;
    timer_->start(backoff_.next());
}

void kafka_sink::state::on_log(rd_kafka_event_t* event) const {
    const char* facility = nullptr;
    const char* text = nullptr;
    int syslog_level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &syslog_level) != 0) return;
    if (std::string_view(text).find("enable.gapless.guarantee") != std::string_view::npos)
        return;  // calls it experimental; it was our choice
    constexpr int syslog_warning = 4;
    const log_level level = syslog_level <= syslog_warning ? log_level::warn : log_level::debug;
    write_log(level, "librdkafka says",
              {{"sink", settings_.name}, {"facility", facility}, {"text", text}});
}

void kafka_sink::state::reject(const rd_kafka_message_t& message) {
    const std::uint64_t ticket = kafka_batch::ticket_of(message);
    const delivery_window::entry& rejected = window_[ticket];
    log_error("kafka rejects a record for its size", {{"sink", settings_.name},
                                                      {"sequence", rejected.sequence},
                                                      {"type", info_of(rejected.type).name},
                                                      {"size", kafka_batch::size_of(message)}});
    window_.settle(ticket);
    counters_.rejected.fetch_add(1, std::memory_order_relaxed);
}

void kafka_sink::state::acknowledge() {
    if (delivered_count_ != 0) {
        counters_.acknowledged.fetch_add(delivered_count_, std::memory_order_relaxed);
        delivered_count_ = 0;
        backoff_.reset();
        if (phase_ == phase::sending) set_connected(true);
    }
    if (!window_.advance()) return;
    if (const auto stored = reader_.acknowledge(window_.position()); !stored)
        log_error("the sink's cursor could not be stored",
                  {{"sink", settings_.name}, {"reason", stored.error().what}});
}

void kafka_sink::state::set_connected(bool connected) {
    if (counters_.connected.exchange(connected) == connected || !connected) return;
    if (was_connected_) counters_.reconnects.fetch_add(1, std::memory_order_relaxed);
    was_connected_ = true;
    log_info(
        "connected to kafka",
        {{"sink", settings_.name}, {"topic", settings_.topic}, {"partitions", partition_count_}});
}

void kafka_sink::state::drain(std::chrono::milliseconds deadline) {
    draining_ = true;
    drain_timer_->start(deadline);
    pump();
    if (phase_ == phase::sending || !window_.empty()) return;
    const auto read = reader_.next();  // no broker, but there may be nothing to send either
    caught_up_ = read && !read->has_value();
    reader_.seek(window_.position());
}

void kafka_sink::state::give_up_draining() {
    if (drained()) return;
    gave_up_ = true;
    log_warn("not all could be sent to kafka in time; the rest waits in the journal",
             {{"sink", settings_.name}, {"unacknowledged", window_.size()}});
    stop();
}

// Also when the deadline has passed: there is nothing more to wait for.
bool kafka_sink::state::drained() const noexcept {
    return draining_ && (gave_up_ || (caught_up_ && window_.empty()));
}

void kafka_sink::state::stop() {
    if (stopping_) return;
    stopping_ = true;
    if (phase_ == phase::retiring) return;  // on_destroyed() closes
    if (producer_) return retire();
    close();
}

void kafka_sink::state::close() {
    phase_ = phase::stopped;
    drain_timer_.reset();
    timer_.reset();
    background_.reset();
    events_.reset();
}

kafka_sink::kafka_sink(const kafka_settings& settings, loop& own_loop, journal_reader& reader)
    : state_(std::make_unique<state>(settings, own_loop, reader)) {}

kafka_sink::~kafka_sink() = default;

std::string_view kafka_sink::name() const noexcept {
    return state_->settings().name;
}

void kafka_sink::start() {
    state_->start();
}

void kafka_sink::wake() {
    state_->pump();
}

void kafka_sink::drain(std::chrono::milliseconds deadline) {
    state_->drain(deadline);
}

bool kafka_sink::drained() const noexcept {
    return state_->drained();
}

void kafka_sink::stop() {
    state_->stop();
}

const sink_counters& kafka_sink::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sinks
