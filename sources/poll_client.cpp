#include "sources/poll_client.h"

#include <algorithm>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "core/backoff.h"
#include "core/ensure.h"
#include "sources/poll_exchange.h"
#include "sources/poll_failures.h"
#include "sources/request_rate.h"

namespace callstream::sources {

namespace {

using std::chrono::milliseconds;

constexpr int failure_count_max = 3;   // in a row, then consumers hear of it
constexpr int refusal_count_safe = 3;  // in a row; the fifth locks accounts
constexpr milliseconds turn_longest{60'000};
constexpr milliseconds turn_shortest{1};  // for other work of the loop between parts of a task's
constexpr std::string_view login_name = "login";

// The server of a Digest is asked twice.
double cost_of(const http_call_request& request) noexcept {
    return request.login == http_login::digest ? 2 : 1;
}

bool needs_a_change(poll_finding finding) noexcept {
    return finding == poll_finding::forbidden || finding == poll_finding::disabled ||
           finding == poll_finding::bad_request || finding == poll_finding::foreign;
}

bool is_refusal(poll_finding finding) noexcept {
    return finding == poll_finding::credentials || finding == poll_finding::locked;
}

}  // namespace

class poll_client::state final {
public:
    state(const poll_client_settings& settings, const poll_client_parts& parts, std::uint32_t seed)
        : settings_(settings),
          parts_(parts),
          client_(parts.home, settings.http),
          login_(client_),
          timer_(parts.home, [this] { turn(); }),
          rate_(settings.requests_per_minute),
          random_(seed),
          host_backoff_(settings.backoff_first, settings.backoff_longest, seed),
          refused_backoff_(settings.backoff_refused, settings.backoff_refused, seed),
          locked_backoff_(2 * settings.backoff_locked, 2 * settings.backoff_locked, seed),
          login_failures_(settings.pbx, settings.url) {}

    void add(poll_task& task) { slots_.push_back(std::make_unique<slot>(*this, task)); }
    void start();
    void stop();
    void hurry(const poll_task& task);
    std::string cookies() const { return client_.cookies(); }
    bool stopped() const noexcept { return phase_ == phase::stopped; }

    poll_client_counters counters_;
    bool connected_ = false;
    std::string_view failure_;
    std::string detail_;

private:
    enum class phase : std::uint8_t { stopped, login, logging_in, ready };

    struct slot {
        slot(state& parent, poll_task& asked)
            : task(asked),
              exchange(parent.client_),
              retry(parent.settings_.backoff_first, parent.settings_.backoff_longest,
                    static_cast<std::uint32_t>(parent.random_())),
              failures(parent.settings_.pbx, parent.settings_.url) {}

        poll_task& task;
        poll_exchange exchange;
        backoff retry;
        poll_failures failures;
        milliseconds due{0};
        bool works = false;       // its last answer was fine
        bool fails = false;       // its last answer was not
        bool refused = false;     // the login was over for it, and nothing was fine since
        std::uint64_t login = 0;  // which one the last question carried
        std::optional<http_call_request> waiting{};  // made, and held up by the rate
    };

    milliseconds time() const noexcept { return parts_.home.time(); }
    bool is_first(const slot& asked) const noexcept { return slots_.front().get() == &asked; }
    void turn();
    void wake_at(milliseconds due);
    bool may_ask(const http_call_request& request);
    void send(poll_exchange& exchange, http_call_request request, poll_exchange::handler on_done);

    void log_in();
    void on_login(const result<void>& outcome);
    void on_ready();
    void login_failed(const poll_failure& failed, milliseconds retry_after);
    void log_in_again(std::string_view why);

    void ask(slot& asked);
    void on_answer(slot& asked, const result<void>& outcome);
    bool is_for_want_of_a_right(const slot& asked) const noexcept;
    void on_fine(slot& asked);
    void on_failed(slot& asked, const poll_failure& failed);
    milliseconds wait_after(slot& asked, const poll_failure& failed);
    milliseconds refused_wait(const poll_failure& failed);
    milliseconds with_jitter(milliseconds wait);

    void set_connected();
    void set_disconnected(std::string_view why);
    void publish(event_type type, std::string_view why);

    const poll_client_settings& settings_;
    const poll_client_parts parts_;
    http_client client_;
    poll_exchange login_;
    timer timer_;
    request_rate rate_;
    std::minstd_rand random_;
    backoff host_backoff_;
    backoff refused_backoff_;
    backoff locked_backoff_;
    poll_failures login_failures_;
    std::vector<std::unique_ptr<slot>> slots_;
    phase phase_ = phase::stopped;
    milliseconds host_due_{0};  // nobody is asked before
    unsigned under_way_ = 0;
    int failed_in_row_ = 0;
    int refused_in_row_ = 0;
    int logins_in_row_ = 0;     // without a fine answer behind them
    bool has_login_ = false;    // else each request carries its own
    bool first_fails_ = false;  // the first task is what this is about
    bool told_ = false;         // consumers know whether we are connected
};

void poll_client::state::start() {
    if (phase_ != phase::stopped) return;
    phase_ = phase::login;
    timer_.start(milliseconds(0));
}

void poll_client::state::stop() {
    if (phase_ == phase::stopped) return;
    phase_ = phase::stopped;
    timer_.stop();
    login_.cancel();
    under_way_ = 0;
    for (const auto& each : slots_)
        each->exchange.cancel();
    if (connected_) set_disconnected("callstream stops");
}

void poll_client::state::hurry(const poll_task& task) {
    for (const auto& each : slots_)
        if (&each->task == &task && !each->fails) each->due = std::min(each->due, time());
    if (phase_ == phase::ready) timer_.start(milliseconds(0));
}

void poll_client::state::wake_at(milliseconds due) {
    timer_.start(std::clamp(due - time(), milliseconds(0), turn_longest));
}

// Asks whatever is due and may be asked, and comes back for what is next.
void poll_client::state::turn() {
    if (phase_ == phase::stopped || phase_ == phase::logging_in) return;
    if (host_due_ > time()) return wake_at(host_due_);
    if (phase_ == phase::login) return log_in();
    milliseconds next = time() + turn_longest;
    for (const auto& each : slots_) {
        if (each->exchange.under_way()) continue;
        if (each->due <= time() && under_way_ < settings_.concurrency_max) ask(*each);
        if (phase_ != phase::ready) return;
        if (!each->exchange.under_way()) next = std::min(next, each->due);
    }
    // With all hands full, an answer is what comes next.
    if (under_way_ < settings_.concurrency_max) wake_at(next);
}

void poll_client::state::send(poll_exchange& exchange, http_call_request request,
                              poll_exchange::handler on_done) {
    rate_.take(cost_of(request), time());
    ++counters_.requests;
    request.total_timeout = settings_.answer_timeout;
    request.answer_size_max = settings_.answer_size_max;
    exchange.start(std::move(request), std::move(on_done));
}

void poll_client::state::log_in() {
    auto request = parts_.session.make_login();
    if (!request) return login_failed(failure_of(request.error(), {}), {});
    has_login_ = request->has_value();
    if (!has_login_) return on_ready();
    const milliseconds wait = rate_.wait_for(cost_of(**request), time());
    if (wait.count() > 0) return wake_at(time() + wait);
    phase_ = phase::logging_in;
    ++counters_.logins;
    ++logins_in_row_;
    send(login_, *std::move(*request), [this](const result<void>& outcome) { on_login(outcome); });
}

void poll_client::state::on_login(const result<void>& outcome) {
    phase_ = phase::login;
    if (!outcome)
        return login_failed(failure_of(outcome.error(), login_.detail()), login_.retry_after());
    const poll_judgement judged = parts_.session.take_login(login_.answer());
    if (!judged.fine()) return login_failed(failure_of(judged), login_.retry_after());
    if (!first_fails_) set_connected();
    on_ready();
}

void poll_client::state::on_ready() {
    phase_ = phase::ready;
    turn();
}

void poll_client::state::login_failed(const poll_failure& failed, milliseconds retry_after) {
    phase_ = phase::login;
    ++counters_.failures;
    failure_ = failed.reason.what;
    detail_ = failed.detail;
    set_disconnected(failed.reason.what);
    milliseconds wait = is_refusal(failed.finding) ? refused_wait(failed) : host_backoff_.next();
    if (remedy_of(failed.reason.code) == remedy::stop || needs_a_change(failed.finding))
        wait = std::max(wait, settings_.backoff_longest);
    wait = std::max(wait, retry_after);
    host_due_ = time() + wait;
    login_failures_.tell(login_name, failed, wait, time());
    wake_at(host_due_);
}

milliseconds poll_client::state::refused_wait(const poll_failure& failed) {
    ++refused_in_row_;
    const bool locked =
        failed.finding == poll_finding::locked || refused_in_row_ > refusal_count_safe;
    return locked ? locked_backoff_.next() : refused_backoff_.next();
}

void poll_client::state::log_in_again(std::string_view why) {
    login_failures_.tell_login_again(why);
    phase_ = phase::login;
    timer_.start(milliseconds(0));
}

void poll_client::state::ask(slot& asked) {
    if (!asked.waiting) asked.waiting = asked.task.make_request(now());
    if (!asked.waiting) {
        asked.due = time() + std::max(asked.task.wait(), turn_shortest);
        return;
    }
    const milliseconds wait = rate_.wait_for(cost_of(*asked.waiting), time());
    if (wait.count() > 0) {
        asked.due = time() + wait;
        return;
    }
    http_call_request request = *std::exchange(asked.waiting, std::nullopt);
    parts_.session.sign(request);
    asked.login = counters_.logins;
    ++under_way_;
    send(asked.exchange, std::move(request),
         [this, &asked](const result<void>& outcome) { on_answer(asked, outcome); });
}

void poll_client::state::on_answer(slot& asked, const result<void>& outcome) {
    --under_way_;
    if (!outcome) {
        if (outcome.error().code == errc::too_large) asked.task.on_too_large();
        if (outcome.error().code == errc::timeout && connected_) asked.task.on_too_slow();
        asked.task.on_no_answer(outcome.error());
        on_failed(asked, failure_of(outcome.error(), asked.exchange.detail()));
        return turn();
    }
    poll_judgement judged = asked.task.take(asked.exchange.answer());
    if (judged.finding == poll_finding::logged_out) {
        if (!has_login_)
            judged.finding = poll_finding::credentials;
        else if (is_for_want_of_a_right(asked))
            judged.finding = poll_finding::forbidden;
        asked.refused = true;
    }
    if (judged.fine()) {
        on_fine(asked);
    } else if (judged.finding == poll_finding::logged_out && logins_in_row_ < 2) {
        asked.due = time();
        // Another one may have found that out before, and be logged in again by now.
        if (phase_ == phase::ready && asked.login == counters_.logins) log_in_again(judged.words);
    } else {
        on_failed(asked, failure_of(judged));
    }
    turn();
}

// A session that is over, and one without the right to ask that, may be refused alike. It was the
// right if another login did not help, and others are answered.
bool poll_client::state::is_for_want_of_a_right(const slot& asked) const noexcept {
    if (!asked.refused || asked.login != counters_.logins) return false;
    return std::any_of(slots_.begin(), slots_.end(),
                       [&asked](const auto& each) { return each.get() != &asked && each->works; });
}

void poll_client::state::on_fine(slot& asked) {
    failed_in_row_ = refused_in_row_ = logins_in_row_ = 0;
    host_backoff_.reset();
    asked.retry.reset();
    asked.fails = asked.refused = false;
    if (!std::exchange(asked.works, true)) asked.failures.tell_connected(asked.task.name());
    asked.due = time() + with_jitter(asked.task.wait());
    if (is_first(asked)) first_fails_ = false;
    if (!first_fails_) set_connected();
}

// A tenth more or less, so that many PBXes are not asked in the same moment.
milliseconds poll_client::state::with_jitter(milliseconds wait) {
    if (wait.count() < 10) return wait;
    std::uniform_int_distribution<std::int64_t> spread(-wait.count() / 10, wait.count() / 10);
    return wait + milliseconds(spread(random_));
}

void poll_client::state::on_failed(slot& asked, const poll_failure& failed) {
    ++counters_.failures;
    failure_ = failed.reason.what;
    detail_ = failed.detail;
    asked.works = false;
    asked.fails = true;
    ++failed_in_row_;
    const milliseconds wait = wait_after(asked, failed);
    asked.due = time() + wait;
    asked.failures.tell(asked.task.name(), failed, wait, time());
    // A session that ends as soon as it began is a login that does not work.
    if (failed.finding == poll_finding::logged_out && phase_ == phase::ready) {
        logins_in_row_ = 0;
        phase_ = phase::login;
        host_due_ = asked.due;
    }
    if (is_first(asked) && needs_a_change(failed.finding)) first_fails_ = true;
    const bool is_plain = is_refusal(failed.finding) || failed.reason.code == errc::tls;
    if (is_plain || first_fails_ || failed_in_row_ >= failure_count_max)
        set_disconnected(failed.reason.what);
}

milliseconds poll_client::state::wait_after(slot& asked, const poll_failure& failed) {
    milliseconds wait = asked.retry.next();
    if (is_refusal(failed.finding)) {
        wait = refused_wait(failed);
        host_due_ = time() + wait;
    } else if (needs_a_change(failed.finding)) {
        wait = std::max(wait, settings_.backoff_longest);
    }
    const milliseconds retry_after = asked.exchange.retry_after();
    if (retry_after > wait) {
        wait = retry_after;
        host_due_ = std::max(host_due_, time() + wait);
    }
    return wait;
}

void poll_client::state::set_connected() {
    failure_ = {};
    if (connected_) return;
    connected_ = told_ = true;
    login_failures_.tell_connected(login_name);
    publish(event_type::source_connected, {});
}

void poll_client::state::set_disconnected(std::string_view why) {
    const bool known = !connected_ && told_;
    connected_ = false;
    if (known) return;
    told_ = true;
    publish(event_type::source_disconnected, why);
}

void poll_client::state::publish(event_type type, std::string_view why) {
    event published;
    published.type = type;
    published.time = now();
    published.subject = settings_.pbx;
    published.partition = "source";
    source_data data;
    data.transport = "poll";
    data.address = settings_.url;
    data.reason = why;
    published.data = data;
    parts_.output.publish(published);
    if (parts_.on_batch) parts_.on_batch();
}

poll_client::poll_client(const poll_client_settings& settings, const poll_client_parts& parts)
    : state_(std::make_unique<state>(settings, parts, std::random_device{}())) {}

poll_client::~poll_client() = default;

void poll_client::add(poll_task& task) {
    state_->add(task);
}

void poll_client::start() {
    state_->start();
}

void poll_client::stop() {
    state_->stop();
}

bool poll_client::connected() const noexcept {
    return state_->connected_;
}

bool poll_client::stopped() const noexcept {
    return state_->stopped();
}

poll_client_counters poll_client::counters() const noexcept {
    return state_->counters_;
}

poll_client_status poll_client::status() const noexcept {
    const auto& failure = state_->failure_;
    return {state_->connected_, failure, failure.empty() ? std::string_view() : state_->detail_};
}

void poll_client::hurry(const poll_task& task) {
    state_->hurry(task);
}

std::string poll_client::cookies() const {
    return state_->cookies();
}

}  // namespace callstream::sources
