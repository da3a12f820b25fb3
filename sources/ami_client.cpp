#include "sources/ami_client.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

#include "core/backoff.h"
#include "core/digest.h"
#include "core/ensure.h"
#include "sources/ami_failures.h"
#include "sources/ami_snapshot.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

// A PBX that still sends events may answer a ping late: the answer stands behind them.
constexpr int ping_patience = 6;  // times ping_timeout
constexpr std::string_view stopped_words = "callstream stops";

// Unlike those of other clients, whose requests are echoed in events of ours.
std::string make_tag(std::uint32_t random) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "callstream-%08x-", random);
    return text.data();
}

// Asterisk Call Manager/12.0.0 says that it speaks 12.0.0.
// It goes into events, and nobody has looked at its bytes yet.
std::string version_of(std::string_view greeting) {
    const std::size_t slash = greeting.rfind('/');
    std::string version(slash == std::string_view::npos ? greeting : greeting.substr(slash + 1));
    std::replace_if(
        version.begin(), version.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return version;
}

}  // namespace

result<void> check(const ami_client_settings& settings) {
    if (!is_header_value(settings.username))
        return failure(errc::bad_config, "the AMI username holds a line end");
    if (!is_header_value(settings.secret.reveal()))
        return failure(errc::bad_config, "the AMI secret holds a line end");
    if (!is_header_value(settings.event_mask))
        return failure(errc::bad_config, "the AMI event mask holds a line end");
    return {};
}

class ami_client::state final : stream_handler, message_handler {
public:
    state(const ami_client_settings& settings, const ami_client_parts& parts, std::uint32_t seed)
        : settings_(settings),
          parts_(parts),
          stream_(parts.home, settings.connection, *this),
          received_(parts.slabs),
          actions_(parts.home, make_tag(seed)),
          timer_(parts.home, [this] { on_timer(); }),
          failures_(settings.pbx, settings.connection),
          backoff_(settings.backoff_first, settings.backoff_longest, seed),
          backoff_refused_(settings.backoff_refused, settings.backoff_refused, seed),
          seen_until_(parts.seen_until) {
        if (parts.repair == nullptr) return;
        const auto ask_it = [this](const ami_request& request, ami_answer_handler handler) {
            ask(request, std::move(handler));
        };
        snapshot_.emplace(
            ami_snapshot_parts{ask_it, [this] { return batch_time(); }, *parts.repair,
                               [this](const ami_snapshot_result& done) { on_snapshot(done); }},
            settings.snapshot_timeout);
        snapshot_->set_boot(parts.boot);
    }

    void start();
    void stop();
    void ask_if_connected(const ami_request& request, ami_answer_handler handler) {
        if (connected()) ask(request, std::move(handler));
    }
    bool connected() const noexcept { return phase_ == phase::logged_in; }
    bool stopped() const noexcept { return phase_ == phase::stopped; }
    ami_client_counters counters() const noexcept { return counters_; }
    ami_client_status status() const noexcept {
        return {connected(),
                version_,
                failure_,
                failure_.empty() ? std::string_view() : detail_,
                snapshot_ ? std::string_view(snapshot_->boot()) : std::string_view(),
                seen_until_};
    }

private:
    enum class phase : std::uint8_t {
        stopped,
        waiting,  // to dial again
        connecting,
        greeting,  // the connection is there, the PBX's first line is not
        login,
        logged_in,
        closing,
    };

    void on_open() override;
    std::span<char> on_space() override { return received_.writable(); }
    void on_bytes(std::size_t size) override;
    void on_idle() override;
    void on_closed(const error& reason) override;
    void on_message(const message_view& message) override;

    void dial();
    void on_timer();
    void ping();
    void on_greeting(std::string_view line);
    void ask_challenge();
    void on_challenge(const message_view* answer);
    void log_in(std::span<const header> proof);
    void log_in_plain();
    void on_login(const message_view* answer);
    void on_snapshot(const ami_snapshot_result& done);
    void ask(const ami_request& request, ami_answer_handler handler);
    void lose(const error& reason, std::string_view detail = {});

    error explain(const error& reason) const;
    milliseconds next_wait(errc code);
    void publish(event_type type, source_data data);
    void publish_gap();
    timestamp batch_time();
    void end_batch();
    void give_back_slab();

    const ami_client_settings& settings_;
    const ami_client_parts parts_;
    phase phase_ = phase::stopped;
    bool stopping_ = false;
    stream stream_;
    receive_buffer received_;
    ami_actions actions_;
    timer timer_;  // the wait, the login's deadline, the ping: one of them at a time
    ami_failures failures_;
    backoff backoff_;
    backoff backoff_refused_;
    ami_client_counters counters_;

    std::optional<timestamp> batch_time_;  // one look at the clock for each batch of reads
    std::string version_;
    std::string address_;
    std::string_view failure_;  // what the last connection ended with
    std::string detail_;        // and the peer's or the system's words for it
    bool was_logged_in_ = false;
    bool heard_ = false;                                   // bytes came since it was last asked
    bool ping_waits_ = false;                              // for its answer
    std::optional<timestamp> seen_until_;                  // the last bytes while logged in
    std::string_view lost_by_ = "callstream did not run";  // why it was not seen any longer
    std::optional<ami_snapshot> snapshot_;
};

void ami_client::state::start() {
    if (phase_ != phase::stopped) return;
    if (const auto checked = check(settings_); !checked) {
        failures_.tell_unusable(checked.error());
        return;
    }
    stopping_ = false;
    dial();
}

void ami_client::state::stop() {
    if (phase_ == phase::stopped || stopping_) return;
    stopping_ = true;
    timer_.stop();
    if (phase_ == phase::waiting) {
        phase_ = phase::stopped;
        return;
    }
    if (phase_ == phase::logged_in) ask({.action = "Logoff"}, [](const message_view*) {});
    lose({errc::disconnected, stopped_words});
}

void ami_client::state::dial() {
    phase_ = phase::connecting;
    detail_.clear();
    stream_.connect();
}

void ami_client::state::on_open() {
    phase_ = phase::greeting;
    ++counters_.connects;
    address_ = stream_.peer_address();
    version_.clear();
    was_logged_in_ = heard_ = ping_waits_ = false;
    received_.clear();
    actions_.reset();
    parts_.bytes_to_events.reset(now());
    timer_.start(settings_.login_timeout);
}

void ami_client::state::on_bytes(std::size_t size) {
    received_.commit(size);
    counters_.bytes += size;
    heard_ = true;
    const auto done = parts_.bytes_to_events.decode(received_.pending(), batch_time(), this);
    if (was_logged_in_) seen_until_ = batch_time();
    if (!done) return lose(done.error());
    received_.consume(*done);
    give_back_slab();
}

// An idle client keeps no slab: a thousand of them share a few, also when all speak at once.
void ami_client::state::give_back_slab() {
    if (received_.pending().empty()) received_.clear();
}

void ami_client::state::on_idle() {
    end_batch();
}

timestamp ami_client::state::batch_time() {
    if (!batch_time_) batch_time_ = now();
    return *batch_time_;
}

void ami_client::state::end_batch() {
    batch_time_.reset();
    give_back_slab();  // TLS may have taken one and found nothing to put into it
    if (parts_.on_batch) parts_.on_batch();
}

void ami_client::state::on_message(const message_view& message) {
    if (phase_ == phase::closing) return;
    if (message.kind() != message_kind::greeting)
        actions_.on_message(message);
    else if (phase_ == phase::greeting)
        on_greeting(message.find(""));
}

void ami_client::state::on_greeting(std::string_view line) {
    version_ = version_of(line);
    phase_ = phase::login;
    if (settings_.login == ami_login::plain)
        log_in_plain();
    else
        ask_challenge();
}

void ami_client::state::ask_challenge() {
    const std::array headers{header{"AuthType", "MD5"}};
    ask({.action = "Challenge", .headers = headers, .timeout = settings_.login_timeout},
        [this](const message_view* answer) { on_challenge(answer); });
}

void ami_client::state::on_challenge(const message_view* answer) {
    if (answer == nullptr) return on_timer();
    const std::string_view challenge = answer->find("Challenge");
    const auto key = to_md5_hex({challenge, settings_.secret.reveal()});
    if (!challenge.empty() && key) {
        const std::array proof{header{"AuthType", "MD5"}, header{"Username", settings_.username},
                               header{"Key", *key}};
        return log_in(proof);
    }
    if (settings_.login == ami_login::automatic && settings_.connection.tls) return log_in_plain();
    lose({errc::refused, "the PBX knows no MD5 login, and the plain secret needs TLS"},
         answer->find("Message"));
}

void ami_client::state::log_in_plain() {
    const std::array proof{header{"Username", settings_.username},
                           header{"Secret", settings_.secret.reveal()}};
    log_in(proof);
}

void ami_client::state::log_in(std::span<const header> proof) {
    std::vector<header> headers(proof.begin(), proof.end());
    headers.push_back({"Events", settings_.event_mask});
    ask({.action = "Login", .headers = headers, .timeout = settings_.login_timeout},
        [this](const message_view* answer) { on_login(answer); });
}

void ami_client::state::on_login(const message_view* answer) {
    if (answer == nullptr) return on_timer();
    if (answer->find("Response") != "Success")
        return lose({errc::refused, login_refused}, answer->find("Message"));
    phase_ = phase::logged_in;
    was_logged_in_ = true;
    failure_ = {};
    failures_.tell_connected(address_, version_);
    publish(event_type::source_connected, {});
    publish_gap();
    timer_.start(settings_.ping_interval);
    if (snapshot_) snapshot_->start(version_);
}

void ami_client::state::publish_gap() {
    if (!seen_until_) return;
    source_data data;
    data.from = seen_until_;
    data.to = batch_time();
    data.reason = lost_by_;
    publish(event_type::source_gap, data);
}

void ami_client::state::on_snapshot(const ami_snapshot_result& done) {
    failures_.tell_snapshot(done);
    source_data data;
    data.missing_count = static_cast<std::int64_t>(done.made_up_count);
    if (done.began_anew) data.reason = "the PBX began anew";
    if (!done.left_out.empty()) data.reason = done.left_out;
    publish(event_type::source_resynced, data);
}

void ami_client::state::on_timer() {
    if (phase_ == phase::waiting) return dial();
    if (phase_ == phase::greeting)
        return lose({errc::timeout, heard_ ? "the PBX did not end its greeting in time"
                                           : "the PBX took the connection and said nothing"});
    if (phase_ == phase::login)
        return lose({errc::timeout, "the PBX did not answer the AMI login in time"});
    if (phase_ == phase::logged_in) ping();
}

void ami_client::state::ping() {
    if (ping_waits_ && !heard_) return lose({errc::timeout, "the PBX stopped answering"});
    heard_ = false;
    if (!ping_waits_) {
        ping_waits_ = true;
        ask({.action = "Ping", .timeout = settings_.ping_timeout * ping_patience},
            [this](const message_view* answer) {
                if (answer == nullptr)
                    return lose({errc::timeout, "the PBX sends events and answers no ping"});
                ping_waits_ = false;
                backoff_.reset();
                timer_.start(settings_.ping_interval);
            });
    }
    timer_.start(settings_.ping_timeout);
}

void ami_client::state::ask(const ami_request& request, ami_answer_handler handler) {
    const auto sent = stream_.write(actions_.begin(request, std::move(handler)));
    // A broken connection is told by the reader, after what the PBX still said.
    if (!sent && sent.error().code != errc::disconnected) lose(sent.error());
}

void ami_client::state::lose(const error& reason, std::string_view detail) {
    if (phase_ == phase::closing || phase_ == phase::stopped) return;
    phase_ = phase::closing;
    detail_ = detail;
    timer_.stop();
    actions_.reset();
    if (snapshot_) snapshot_->stop();
    stream_.close(reason);
}

void ami_client::state::on_closed(const error& given) {
    const error reason = explain(given);
    failure_ = reason.what;
    if (detail_.empty()) detail_ = stream_.detail();
    timer_.stop();
    actions_.reset();
    if (snapshot_) snapshot_->stop();
    parts_.bytes_to_events.finish(batch_time());
    received_.clear();
    phase_ = stopping_ ? phase::stopped : phase::waiting;
    if (was_logged_in_) {
        source_data data;
        data.reason = lost_by_ = reason.what;
        publish(event_type::source_disconnected, data);
    }
    was_logged_in_ = false;
    end_batch();
    if (stopping_) return;
    const milliseconds wait = next_wait(reason.code);
    failures_.tell(reason, detail_, wait, parts_.home.time());
    timer_.start(wait);
}

// A plain end means something else before the login.
error ami_client::state::explain(const error& reason) const {
    if (reason.code != errc::disconnected || stopping_) return reason;
    if (phase_ == phase::greeting)
        return {errc::disconnected, "the PBX closed the connection before its greeting",
                reason.sys};
    if (phase_ == phase::login)
        return {errc::disconnected, "the PBX closed the connection during the login", reason.sys};
    return reason;
}

milliseconds ami_client::state::next_wait(errc code) {
    if (code == errc::refused) return backoff_refused_.next();
    if (remedy_of(code) == remedy::stop) return settings_.backoff_longest;
    return backoff_.next();
}

void ami_client::state::publish(event_type type, source_data data) {
    event published;
    published.type = type;
    published.time = batch_time();
    published.subject = settings_.pbx;
    published.partition = "source";
    data.transport = "ami";
    data.address = address_;
    if (!version_.empty()) data.version = version_;
    published.data = data;
    parts_.output.publish(published);
}

ami_client::ami_client(const ami_client_settings& settings, const ami_client_parts& parts)
    : state_(std::make_unique<state>(settings, parts, std::random_device{}())) {}

ami_client::~ami_client() = default;

void ami_client::start() {
    state_->start();
}

void ami_client::stop() {
    state_->stop();
}

void ami_client::ask(const ami_request& request, ami_answer_handler handler) {
    state_->ask_if_connected(request, std::move(handler));
}

ami_client_status ami_client::status() const noexcept {
    return state_->status();
}

bool ami_client::connected() const noexcept {
    return state_->connected();
}

bool ami_client::stopped() const noexcept {
    return state_->stopped();
}

ami_client_counters ami_client::counters() const noexcept {
    return state_->counters();
}

}  // namespace callstream::sources
