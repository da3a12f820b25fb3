#include "sources/yeastar_session.h"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>

#include "core/backoff.h"
#include "core/http_fetch.h"
#include "sources/yeastar_failures.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes token_life{30};  // where the PBX does not say
constexpr int heartbeat_failure_count_max = 3;
constexpr int refusal_count_safe = 3;  // in a row; the fifth locks
constexpr milliseconds logout_timeout{2'000};

constexpr std::string_view locked_words = "the PBX locked us out after wrong passwords";

error error_of(const yeastar_answer& answer) {
    switch (answer.refusal) {
        case yeastar_refusal::locked:
            return {errc::refused, locked_words};
        case yeastar_refusal::credentials:
            return {errc::refused, api_login_refused};
        case yeastar_refusal::token:
            return {errc::refused, "the PBX knows our token no longer"};
        default:
            return {errc::refused, "the PBX's API refused the request"};
    }
}

}  // namespace

class yeastar_session::state final {
public:
    state(const yeastar_session_settings& settings, const yeastar_session_parts& parts,
          std::uint32_t seed)
        : settings_(settings),
          parts_(parts),
          client_(parts.home, settings.http),
          fetch_(client_),
          timer_(parts.home, [this] { on_timer(); }),
          backoff_(settings.backoff_first, settings.backoff_longest, seed),
          backoff_refused_(settings.backoff_refused, settings.backoff_refused, seed),
          // A full lock and then some, never less: tries while it lasts may prolong it.
          backoff_locked_(2 * settings.backoff_locked, 2 * settings.backoff_locked, seed),
          failures_(settings.pbx, settings.api.url) {}

    void start();
    void stop();
    void on_restarted() { log_in_again("the PBX has restarted"); }
    void on_refused(std::string_view token) {
        if (token == token_) log_in_again("the PBX knows our token no longer");
    }

    bool connected() const noexcept { return !token_.empty(); }
    bool stopped() const noexcept { return phase_ == phase::stopped; }
    const std::string& token() const noexcept { return token_; }
    yeastar_session_counters counters() const noexcept { return counters_; }
    yeastar_session_status status() const noexcept {
        return {connected(), failure_, failure_.empty() ? std::string_view() : detail_};
    }

    const yeastar_session_settings& settings_;
    const yeastar_session_parts parts_;
    http_client client_;

private:
    enum class phase : std::uint8_t {
        stopped,
        waiting,  // to log in
        login,
        logged_in,
        heartbeat,
        logout,
    };

    void ask(http_call_request request, void (state::*on_answer)(const result<yeastar_answer>&));
    result<yeastar_answer> read(const result<void>& outcome);
    void log_in();
    void on_login(const result<yeastar_answer>& answer);
    void beat();
    void on_heartbeat(const result<yeastar_answer>& answer);
    void on_timer();
    void take(const yeastar_answer& answer);
    void log_in_again(std::string_view why);
    void wait(const error& reason);
    void end_connection(std::string_view why);
    void log_out();
    void end();

    milliseconds heartbeat_wait() const;
    milliseconds next_wait(const error& reason);
    void publish(event_type type, std::string_view why);

    http_fetch fetch_;
    timer timer_;
    backoff backoff_;
    backoff backoff_refused_;
    backoff backoff_locked_;
    yeastar_answer_reader reader_;
    yeastar_failures failures_;
    phase phase_ = phase::stopped;
    std::string token_;
    std::string refresh_;
    milliseconds life_{token_life};
    int heartbeat_failures_ = 0;
    int refusals_ = 0;  // in a row
    yeastar_session_counters counters_;

    std::string_view failure_;
    std::string detail_;
};

void yeastar_session::state::start() {
    if (phase_ == phase::stopped) log_in();
}

void yeastar_session::state::stop() {
    if (phase_ == phase::stopped || phase_ == phase::logout) return;
    fetch_.cancel();
    timer_.stop();
    if (!connected()) return end();
    log_out();
}

void yeastar_session::state::ask(http_call_request request,
                                 void (state::*on_answer)(const result<yeastar_answer>&)) {
    request.total_timeout = settings_.answer_timeout;
    fetch_.start(std::move(request), [this, on_answer](const result<void>& outcome) {
        (this->*on_answer)(read(outcome));
    });
}

result<yeastar_answer> yeastar_session::state::read(const result<void>& outcome) {
    detail_ = fetch_.detail();
    if (!outcome) return tl::unexpected(outcome.error());
    if (fetch_.status() != 200) {
        detail_ = "HTTP status " + std::to_string(fetch_.status());
        if (fetch_.status() >= 500)
            return failure(errc::disconnected, "the PBX's API answered with an error");
        return failure(errc::wrong_protocol, "the PBX's API did not answer with 200");
    }
    auto answer = reader_.read(fetch_.body());
    if (answer && answer->refusal != yeastar_refusal::none) {
        detail_ = "error " + std::string(answer->code);
        if (!answer->message.empty()) detail_ += ' ' + std::string(answer->message);
    }
    return answer;
}

void yeastar_session::state::log_in() {
    phase_ = phase::login;
    auto request = make_login(settings_.api);
    if (!request) return wait(request.error());
    ask(*std::move(request), &state::on_login);
}

void yeastar_session::state::on_login(const result<yeastar_answer>& answer) {
    if (!answer) return wait(answer.error());
    if (answer->refusal != yeastar_refusal::none) return wait(error_of(*answer));
    if (answer->token.empty())
        return wait({errc::wrong_protocol, "the PBX's API answered the login without a token"});
    ++counters_.logins;
    take(*answer);
    failures_.tell_connected();
    failure_ = {};
    refusals_ = 0;
    backoff_.reset();
    publish(event_type::source_connected, {});
    if (parts_.on_token) parts_.on_token();
}

void yeastar_session::state::take(const yeastar_answer& answer) {
    phase_ = phase::logged_in;
    if (!answer.token.empty()) token_ = answer.token;
    if (!answer.refresh.empty()) refresh_ = answer.refresh;
    if (answer.life.count() > 0) life_ = answer.life;
    heartbeat_failures_ = 0;
    timer_.start(heartbeat_wait());
}

milliseconds yeastar_session::state::heartbeat_wait() const {
    return std::min(settings_.heartbeat_interval, life_ / 3);
}

void yeastar_session::state::beat() {
    phase_ = phase::heartbeat;
    const bool refreshes = settings_.api.generation == yeastar_generation::p_series;
    ask(make_heartbeat(settings_.api, refreshes ? refresh_ : token_), &state::on_heartbeat);
}

void yeastar_session::state::on_heartbeat(const result<yeastar_answer>& answer) {
    if (answer && answer->refusal == yeastar_refusal::none) {
        ++counters_.heartbeats;
        const bool renewed = !answer->token.empty() && answer->token != token_;
        take(*answer);
        if (renewed && parts_.on_token) parts_.on_token();
        return;
    }
    phase_ = phase::logged_in;
    if (answer) return log_in_again(error_of(*answer).what);
    failure_ = answer.error().what;
    if (++heartbeat_failures_ >= heartbeat_failure_count_max) {
        end_connection(answer.error().what);
        return wait(answer.error());
    }
    timer_.start(backoff_.next());
}

void yeastar_session::state::on_timer() {
    if (phase_ == phase::waiting) return log_in();
    if (phase_ == phase::logged_in) beat();
}

// While a login is under way or waited for there is nothing to lose.
void yeastar_session::state::log_in_again(std::string_view why) {
    if (!connected() || phase_ == phase::logout) return;
    fetch_.cancel();
    failures_.tell_login_again(why);
    end_connection(why);
    phase_ = phase::waiting;
    timer_.start(milliseconds(0));
}

void yeastar_session::state::wait(const error& reason) {
    phase_ = phase::waiting;
    failure_ = reason.what;
    if (reason.code == errc::refused) {
        ++counters_.refused;
        ++refusals_;
    }
    const milliseconds waited = next_wait(reason);
    failures_.tell(reason, detail_, waited, parts_.home.time());
    timer_.start(waited);
}

milliseconds yeastar_session::state::next_wait(const error& reason) {
    if (reason.what == locked_words || refusals_ > refusal_count_safe)
        return backoff_locked_.next();
    if (reason.code == errc::refused) return backoff_refused_.next();
    if (remedy_of(reason.code) == remedy::stop) return settings_.backoff_longest;
    return backoff_.next();
}

void yeastar_session::state::end_connection(std::string_view why) {
    timer_.stop();
    token_.clear();
    refresh_.clear();
    life_ = token_life;
    publish(event_type::source_disconnected, why);
}

// The PBX would go on pushing to nobody until the token ends.
void yeastar_session::state::log_out() {
    phase_ = phase::logout;
    http_call_request request = make_logout(settings_.api, token_);
    request.total_timeout = logout_timeout;
    fetch_.start(std::move(request), [this](const result<void>&) { end(); });
}

void yeastar_session::state::end() {
    phase_ = phase::stopped;
    if (connected()) end_connection("callstream stops");
}

void yeastar_session::state::publish(event_type type, std::string_view why) {
    event published;
    published.type = type;
    published.time = now();
    published.subject = settings_.pbx;
    published.partition = "source";
    source_data data;
    data.transport = "push";
    data.address = settings_.api.url;
    if (settings_.api.generation == yeastar_generation::s_series)
        data.version = settings_.api.version;
    data.reason = why;
    published.data = data;
    parts_.output.publish(published);
    if (parts_.on_batch) parts_.on_batch();
}

yeastar_session::yeastar_session(const yeastar_session_settings& settings,
                                 const yeastar_session_parts& parts)
    : state_(std::make_unique<state>(settings, parts, std::random_device{}())) {}

yeastar_session::~yeastar_session() = default;

void yeastar_session::start() {
    state_->start();
}

void yeastar_session::stop() {
    state_->stop();
}

bool yeastar_session::connected() const noexcept {
    return state_->connected();
}

bool yeastar_session::stopped() const noexcept {
    return state_->stopped();
}

yeastar_session_counters yeastar_session::counters() const noexcept {
    return state_->counters();
}

yeastar_session_status yeastar_session::status() const noexcept {
    return state_->status();
}

void yeastar_session::on_restarted() {
    state_->on_restarted();
}

void yeastar_session::on_refused(std::string_view token) {
    state_->on_refused(token);
}

const std::string& yeastar_session::token() const noexcept {
    return state_->token();
}

const yeastar_api_settings& yeastar_session::api() const noexcept {
    return state_->settings_.api;
}

http_client& yeastar_session::client() noexcept {
    return state_->client_;
}

}  // namespace callstream::sources
