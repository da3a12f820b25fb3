#include "sources/yeastar_subscription.h"

#include <charconv>
#include <optional>
#include <random>
#include <utility>

#include "core/backoff.h"
#include "core/json_reader.h"
#include "core/limits.h"
#include "sources/yeastar_failures.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view heartbeat_text = "heartbeat";
constexpr int status_unauthorized = 401;
constexpr std::string_view heard_name = "websocket.heard";
constexpr milliseconds keep_interval{1'000};
constexpr std::string_view stopped_words = "callstream stops";

std::string make_subscription(const std::vector<unsigned>& topics) {
    std::string out = R"({"topic_list":[)";
    for (const unsigned topic : topics)
        out.append(out.back() == '[' ? "" : ",").append(std::to_string(topic));
    return out + "]}";
}

}  // namespace

class yeastar_subscription::state final : websocket_handler {
public:
    state(const yeastar_subscription_settings& settings, const yeastar_subscription_parts& parts,
          std::uint32_t seed)
        : settings_(settings),
          parts_(parts),
          socket_(parts.home, settings.socket, *this),
          timer_(parts.home, [this] { on_timer(); }),
          backoff_(settings.backoff_first, settings.backoff_longest, seed),
          failures_(settings.pbx, parts.session.api().url) {}

    bool restore(std::string_view name, std::string_view value);
    void on_token() {
        if (phase_ == phase::waiting && !is_resting_) connect();
    }
    void stop();
    bool connected() const noexcept { return phase_ == phase::subscribed; }
    bool stopped() const noexcept { return phase_ == phase::stopped; }
    yeastar_subscription_counters counters() const noexcept { return counters_; }

private:
    enum class phase : std::uint8_t {
        waiting,
        connecting,
        answering,
        subscribed,
        closing,
        stopped
    };

    void on_open() override;
    void on_text(std::string_view message) override;
    void on_batch() override;
    void on_closed(const error& reason) override;

    void connect();
    void on_timer();
    void beat();
    void on_answer(std::string_view message);
    void take(std::string_view report);
    void lose(const error& reason);
    void publish(event_type type, std::string_view why);
    void publish_gap();
    void keep();

    const yeastar_subscription_settings& settings_;
    const yeastar_subscription_parts parts_;
    websocket_client socket_;
    timer timer_;  // the wait, or the heartbeat
    backoff backoff_;
    yeastar_failures failures_;
    phase phase_ = phase::waiting;
    bool stopping_ = false;
    bool was_subscribed_ = false;
    bool is_resting_ = false;  // after a failure, however many tokens come meanwhile
    std::string token_;
    milliseconds heard_at_{0};
    timestamp heard_time_;
    timestamp kept_time_;
    std::optional<timestamp> lost_at_;
    json_document answer_;
    std::string padded_;
    yeastar_subscription_counters counters_;
};

// Microseconds since 1970.
bool yeastar_subscription::state::restore(std::string_view name, std::string_view value) {
    std::int64_t count = 0;
    const char* const end = value.data() + value.size();
    const auto read = std::from_chars(value.data(), end, count);
    if (name != heard_name || read.ec != std::errc() || read.ptr != end) return false;
    lost_at_ = timestamp(duration(count));
    return true;
}

void yeastar_subscription::state::keep() {
    if (parts_.kept == nullptr || heard_time_ - kept_time_ < keep_interval) return;
    kept_time_ = heard_time_;
    parts_.kept->put(heard_name, std::to_string(heard_time_.time_since_epoch().count()));
}

void yeastar_subscription::state::connect() {
    if (!parts_.session.connected()) return;  // its next token comes with on_token()
    phase_ = phase::connecting;
    token_ = parts_.session.token();
    socket_.connect("/openapi/v1.0/subscribe?access_token=" + percent_encoded(token_));
}

void yeastar_subscription::state::stop() {
    if (stopping_ || phase_ == phase::stopped) return;
    stopping_ = true;
    timer_.stop();
    if (phase_ == phase::waiting)
        phase_ = phase::stopped;
    else
        lose({errc::disconnected, stopped_words});
}

void yeastar_subscription::state::on_open() {
    ++counters_.connects;
    phase_ = phase::answering;
    heard_at_ = parts_.home.time();
    if (const auto sent = socket_.send_text(make_subscription(settings_.topics)); !sent)
        return lose(sent.error());
    timer_.start(settings_.heartbeat_interval);
}

void yeastar_subscription::state::on_text(std::string_view message) {
    heard_at_ = parts_.home.time();
    heard_time_ = now();
    if (phase_ == phase::answering) return on_answer(message);
    if (phase_ == phase::subscribed && message.starts_with('{')) take(message);
}

// {"errcode":0,"errmsg":"SUCCESS"}; a report may come before it.
void yeastar_subscription::state::on_answer(std::string_view message) {
    const auto parsed = answer_.parse(message);
    const auto code = parsed ? (*parsed)["errcode"].number() : std::nullopt;
    if (code && *code != 0)
        return lose({errc::refused, "the PBX refused the subscription to its events"});
    phase_ = phase::subscribed;
    was_subscribed_ = true;
    backoff_.reset();
    failures_.tell_subscribed();
    if (lost_at_) publish_gap();
    publish(event_type::source_connected, {});
    if (!code && message.starts_with('{')) take(message);
}

// The decoder reads a little beyond the end.
void yeastar_subscription::state::take(std::string_view report) {
    ++counters_.messages;
    padded_.reserve(report.size() + limits::slab_spare_size);
    padded_.assign(report);
    padded_.append(limits::slab_spare_size, '\0');
    parts_.on_report(std::string_view(padded_).substr(0, report.size()));
}

void yeastar_subscription::state::on_batch() {
    if (was_subscribed_) keep();
    if (parts_.on_batch) parts_.on_batch();
}

void yeastar_subscription::state::on_timer() {
    is_resting_ = false;
    if (phase_ == phase::waiting) return connect();
    if (phase_ == phase::answering || phase_ == phase::subscribed) beat();
}

void yeastar_subscription::state::beat() {
    if (parts_.home.time() - heard_at_ >= settings_.silence_max)
        return lose({errc::timeout, "the PBX stopped answering"});
    if (const auto sent = socket_.send_text(heartbeat_text); !sent) return lose(sent.error());
    timer_.start(settings_.heartbeat_interval);
}

void yeastar_subscription::state::lose(const error& reason) {
    if (phase_ == phase::closing || phase_ == phase::stopped) return;
    phase_ = phase::closing;
    timer_.stop();
    socket_.close(reason);
}

void yeastar_subscription::state::on_closed(const error& reason) {
    timer_.stop();
    phase_ = stopping_ ? phase::stopped : phase::waiting;
    if (std::exchange(was_subscribed_, false)) {
        lost_at_ = heard_time_;
        publish(event_type::source_disconnected, reason.what);
    }
    on_batch();
    if (stopping_) return;
    const milliseconds wait = backoff_.next();
    failures_.tell(reason, socket_.detail(), wait, parts_.home.time());
    timer_.start(wait);
    is_resting_ = true;
    if (reason.code == errc::refused && reason.sys == status_unauthorized)
        parts_.session.on_refused(token_);
}

void yeastar_subscription::state::publish_gap() {
    event published;
    published.type = event_type::source_gap;
    published.time = now();
    published.subject = settings_.pbx;
    published.partition = "source";
    source_data data;
    data.transport = "push";
    data.reason = "the PBX repeats nothing of what it said meanwhile";
    data.from = std::exchange(lost_at_, std::nullopt);
    data.to = published.time;
    published.data = data;
    parts_.output.publish(published);
}

void yeastar_subscription::state::publish(event_type type, std::string_view why) {
    event published;
    published.type = type;
    published.time = now();
    published.subject = settings_.pbx;
    published.partition = "source";
    source_data data;
    data.transport = "push";
    data.address = parts_.session.api().url;
    data.version = "websocket";
    data.reason = why;
    published.data = data;
    parts_.output.publish(published);
}

yeastar_subscription::yeastar_subscription(const yeastar_subscription_settings& settings,
                                           const yeastar_subscription_parts& parts)
    : state_(std::make_unique<state>(settings, parts, std::random_device{}())) {}

yeastar_subscription::~yeastar_subscription() = default;

bool yeastar_subscription::restore(std::string_view name, std::string_view value) {
    return state_->restore(name, value);
}

void yeastar_subscription::on_token() {
    state_->on_token();
}

void yeastar_subscription::stop() {
    state_->stop();
}

bool yeastar_subscription::connected() const noexcept {
    return state_->connected();
}

bool yeastar_subscription::stopped() const noexcept {
    return state_->stopped();
}

yeastar_subscription_counters yeastar_subscription::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sources
