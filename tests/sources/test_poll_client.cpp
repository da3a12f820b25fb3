#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include <catch2/catch.hpp>

#include "sources/poll_client.h"
#include "sources/poll_exchange.h"
#include "sources/request_rate.h"
#include "tests/sources/source_fixture.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string answer(const std::string& body, const std::string& status = "200 OK",
                   const std::string& fields = "") {
    return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + fields +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// Answers by what is asked for, each time on a connection of its own.
class api_server {
public:
    using script = std::function<std::string(const std::string& target)>;

    explicit api_server(script run, const server_settings& settings = {.connection_count = 1000})
        : run_(std::move(run)), server_(settings, [this](peer& client) {
              const std::string head = client.read_until("\r\n\r\n");
              if (head.empty()) return;
              const std::size_t from = head.find(' ') + 1;
              client.send(run_(head.substr(from, head.find(' ', from) - from)));
          }) {}

    std::uint16_t port() const { return server_.port(); }

private:
    script run_;
    loopback_server server_;
};

struct cookie_session final : poll_session {
    std::string url{};
    std::string token{};
    bool has_login = true;
    int sign_count = 0;

    result<std::optional<http_call_request>> make_login() override {
        if (!has_login) return std::optional<http_call_request>();
        http_call_request request;
        request.url = url + "/login";
        return std::optional<http_call_request>(std::move(request));
    }
    poll_judgement take_login(const poll_answer& answer) override {
        if (looks_like_html(answer))
            return {poll_finding::foreign, "a web page answered instead of the PBX's API", {}};
        if (answer.body == "wrong")
            return {poll_finding::credentials, "the PBX refused the API login", "code 1"};
        token = answer.body;
        return judge_status(answer.status);
    }
    void sign(http_call_request& request) override {
        ++sign_count;
        request.url += "?token=" + token;
    }
};

struct counting_task final : poll_task {
    std::string url{};
    std::string path = "/rows";
    int fine_count = 0;
    std::vector<poll_finding> findings{};
    milliseconds between{1};
    bool has_room = true;

    std::string_view name() const noexcept override { return "rows"; }
    std::optional<http_call_request> make_request(timestamp) override {
        if (!has_room) return std::nullopt;
        http_call_request request;
        request.url = url + path;
        return request;
    }
    poll_judgement take(const poll_answer& answer) override {
        poll_judgement judged = judge_status(answer.status);
        if (judged.fine() && answer.body == "expired")
            judged = {poll_finding::logged_out, "the session is over", {}};
        findings.push_back(judged.finding);
        if (judged.fine()) ++fine_count;
        return judged;
    }
    milliseconds wait() override { return between; }
};

struct poll_fixture : source_fixture {
    poll_fixture() {
        settings.pbx = "hq";
        settings.requests_per_minute = 6000;
        settings.backoff_first = settings.backoff_longest = milliseconds(1);
        settings.backoff_refused = milliseconds(1);
        settings.backoff_locked = std::chrono::hours(1);
    }
    ~poll_fixture() {
        if (client) client->stop();
        home.run();
        client.reset();
        home.run();
    }
    void start(std::uint16_t port, const std::string& scheme = "http") {
        settings.url = scheme + "://127.0.0.1:" + std::to_string(port);
        session.url = task.url = settings.url;
        client = std::make_unique<poll_client>(
            settings, poll_client_parts{home, events, session, [this] { ++batch_count; }});
        client->add(task);
        client->start();
    }
    const source_data& told(std::size_t index) const {
        return data_of<source_data>(events.all().at(index));
    }

    poll_client_settings settings;
    cookie_session session;
    counting_task task;
    std::unique_ptr<poll_client> client;
};

// Beside what may be asked something is that is never allowed.
struct forbidden_beside : poll_fixture {
    bool is_refused_twice_by(std::uint16_t port) {
        settings.backoff_longest = std::chrono::hours(1);
        other.path = "/secrets";
        start(port);
        other.url = settings.url;
        client->add(other);
        return run_until([this] { return other.findings.size() == 2; });
    }

    counting_task other;
};

}  // namespace

TEST_CASE("a PBX is logged in to once, and asked again and again", "[poll]") {
    api_server pbx([](const std::string& target) {
        if (target == "/login") return answer("abc");
        return answer(target == "/rows?token=abc" ? "rows" : "expired");
    });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.task.fine_count >= 5; }));
    CHECK(one.client->counters().logins == 1);
    CHECK(one.client->counters().failures == 0);
    CHECK(one.count_of(event_type::source_connected) == 1);
    CHECK(one.told(0).transport == "poll");
    one.client->stop();
    CHECK(one.count_of(event_type::source_disconnected) == 1);
}

TEST_CASE("a session that is over is renewed, and consumers need not know", "[poll]") {
    std::atomic<int> logins{0};
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("t" + std::to_string(++logins));
        return answer(target == "/rows?token=t1" ? "expired" : "rows");
    });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.task.fine_count >= 2; }));
    CHECK(one.client->counters().logins == 2);
    CHECK(one.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("a wrong password is said so, and soon tried no longer", "[poll]") {
    api_server pbx([](const std::string&) { return answer("wrong"); });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.client->counters().failures >= 4; }));
    bool over = false;
    timer guard(one.home, [&over] { over = true; });
    guard.start(milliseconds(50));
    while (!over)
        one.home.run_once();
    CHECK(one.client->counters().logins == 4);  // the fifth would lock the account
    CHECK(one.client->status().failure == "the PBX refused the API login");
    CHECK(one.client->status().detail == "code 1");
    REQUIRE(one.count_of(event_type::source_disconnected) == 1);
    CHECK(one.told(0).reason == "the PBX refused the API login");
}

TEST_CASE("what fails now and then is asked again without a word to consumers", "[poll]") {
    std::atomic<int> count{0};
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("abc");
        if (++count % 2 == 0) return answer("", "500 Oops");
        return answer("rows");
    });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.task.fine_count >= 5; }));
    CHECK(one.client->counters().failures >= 4);
    CHECK(one.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("a PBX that fails again and again is told of, and then that it works", "[poll]") {
    std::atomic<int> count{0};
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("abc");
        return ++count < 6 ? answer("", "403 Forbidden") : answer("rows");
    });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.task.fine_count >= 1; }));
    CHECK(one.count_of(event_type::source_connected) == 2);
    REQUIRE(one.count_of(event_type::source_disconnected) == 1);
    CHECK(one.told(1).reason == "the PBX's API forbids that to this user");
}

TEST_CASE("a PBX that wants to be asked later is asked later", "[poll]") {
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("abc");
        return answer("", "429 Too Many Requests", "Retry-After: 3600\r\n");
    });
    poll_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return !one.task.findings.empty(); }));
    bool over = false;
    timer guard(one.home, [&over] { over = true; });
    guard.start(milliseconds(50));
    while (!over)
        one.home.run_once();
    CHECK(one.task.findings.size() == 1);
}

TEST_CASE("an answer without an end is refused, and its memory stays bounded", "[poll]") {
    api_server pbx([](const std::string& target) {
        if (target == "/login") return answer("abc");
        return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(1 << 20, 'x');
    });
    poll_fixture one;
    one.settings.answer_size_max = 100'000;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.client->counters().failures >= 3; }));
    CHECK(one.client->status().failure == "the answer is larger than allowed");
    CHECK(one.task.findings.empty());
}

TEST_CASE("an expired or unknown certificate is named", "[poll]") {
    const certificate shown(certificate_wish{});
    api_server pbx(
        [](const std::string&) { return answer("abc"); },
        {.certificate_file = shown.file(), .key_file = shown.key_file(), .connection_count = 100});
    poll_fixture one;
    one.start(pbx.port(), "https");
    REQUIRE(one.run_until([&] { return one.client->counters().failures >= 1; }));
    CHECK(one.client->status().failure.find("certificate") != std::string_view::npos);
    REQUIRE(one.count_of(event_type::source_disconnected) == 1);
}

TEST_CASE("who carries the login in each request and is refused is not asked on and on", "[poll]") {
    std::atomic<int> count{0};
    api_server pbx([&](const std::string&) {
        ++count;
        return answer("", "401 Unauthorized");
    });
    poll_fixture one;
    one.session.has_login = false;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.client->counters().failures >= 4; }));
    bool over = false;
    timer guard(one.home, [&over] { over = true; });
    guard.start(milliseconds(50));
    while (!over)
        one.home.run_once();
    CHECK(count == 4);
}

TEST_CASE("two tasks that find the session over log in once", "[poll]") {
    std::mutex guard;
    int login_count = 0;
    int refused_count = 0;
    std::string token = "t0";
    // Both are refused before either login is over; more logins would end each other's sessions.
    api_server pbx(
        [&](const std::string& target) {
            const std::lock_guard lock(guard);
            if (target == "/login") {
                token = "t" + std::to_string(++login_count);
                return answer(token);
            }
            const bool knows = target.ends_with("token=" + token);
            if (knows && login_count == 1 && refused_count < 2) {
                ++refused_count;
                return answer("", "401 Unauthorized");
            }
            return knows ? answer("rows") : answer("", "401 Unauthorized");
        },
        {.connection_count = 1000});
    poll_fixture one;
    one.settings.concurrency_max = one.settings.http.connection_count_max = 2;
    counting_task other;
    other.path = "/others";
    one.start(pbx.port());
    other.url = one.settings.url;
    one.client->add(other);
    CHECK(one.run_until([&] { return one.task.fine_count >= 5 && other.fine_count >= 5; }));
    const std::lock_guard lock(guard);
    CHECK(refused_count == 2);
    CHECK(login_count == 2);
    CHECK(one.client->counters().logins == 2);
    CHECK(one.events.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("what a user may not ask is left alone, and all else goes on", "[poll]") {
    std::atomic<int> refused_count = 0;
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("t");
        if (target.starts_with("/rows")) return answer("rows");
        ++refused_count;
        return answer("", "401 Unauthorized");
    });
    forbidden_beside one;
    REQUIRE(one.is_refused_twice_by(pbx.port()));
    const int fine_count = one.task.fine_count;
    CHECK(one.run_until([&] { return one.task.fine_count >= fine_count + 20; }));
    CHECK(refused_count == 2);
    CHECK(one.client->counters().logins == 2);
    CHECK(one.client->connected());
    CHECK(one.events.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("a session that is over is renewed beside a task that is never allowed", "[poll]") {
    std::mutex guard;
    int login_count = 0;
    std::string token;
    api_server pbx([&](const std::string& target) {
        const std::lock_guard lock(guard);
        if (target == "/login") return answer(token = "t" + std::to_string(++login_count));
        const bool may = target.starts_with("/rows") && target.ends_with("token=" + token);
        return may ? answer("rows") : answer("", "401 Unauthorized");
    });
    forbidden_beside one;
    REQUIRE(one.is_refused_twice_by(pbx.port()));
    {
        const std::lock_guard lock(guard);
        token = "none";
    }
    const int fine_count = one.task.fine_count;
    CHECK(one.run_until([&] { return one.task.fine_count >= fine_count + 20; }));
    CHECK(one.client->counters().logins == 3);
    CHECK(one.other.findings.size() == 2);
    CHECK(one.events.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("an answer to a session that was renewed meanwhile renews nothing", "[poll]") {
    std::atomic<int> login_count = 0;
    std::atomic<int> slow_count = 0;
    const auto fits = [&](const std::string& target) {
        return target.ends_with("token=t" + std::to_string(login_count));
    };
    std::atomic<int> refused_count = 0;
    api_server pbx([&](const std::string& target) {
        if (target == "/login") return answer("t" + std::to_string(++login_count));
        // The slow one is asked before the session ends.
        while (slow_count == 0)
            std::this_thread::sleep_for(milliseconds(1));
        if (login_count == 1 && refused_count++ == 0) return answer("", "401 Unauthorized");
        return fits(target) ? answer("rows") : answer("", "401 Unauthorized");
    });
    api_server slow([&](const std::string& target) {
        if (slow_count++ > 0) return fits(target) ? answer("rows") : answer("", "401 No");
        for (int i = 0; i < 5000 && login_count < 2; ++i)
            std::this_thread::sleep_for(milliseconds(1));
        std::this_thread::sleep_for(milliseconds(100));
        return answer("", "401 Unauthorized");
    });
    poll_fixture one;
    one.settings.concurrency_max = one.settings.http.connection_count_max = 2;
    counting_task other;
    other.url = "http://127.0.0.1:" + std::to_string(slow.port());
    one.start(pbx.port());
    one.client->add(other);
    CHECK(one.run_until([&] { return one.task.fine_count >= 5 && other.fine_count >= 5; }));
    CHECK(login_count == 2);
    CHECK(other.findings.front() == poll_finding::logged_out);
}

TEST_CASE("a task that has something to ask need not wait", "[poll]") {
    api_server pbx(
        [](const std::string& target) { return answer(target == "/login" ? "abc" : "rows"); });
    poll_fixture one;
    one.task.between = std::chrono::hours(1);
    counting_task idle;
    idle.path = "/idle";
    idle.between = std::chrono::hours(1);
    idle.has_room = false;
    one.start(pbx.port());
    idle.url = one.settings.url;
    one.client->add(idle);
    CHECK(one.run_until([&] { return one.task.fine_count == 1; }));
    idle.has_room = true;
    one.client->hurry(idle);
    CHECK(one.run_until([&] { return idle.fine_count == 1; }));
    CHECK(one.task.fine_count == 1);
}

TEST_CASE("a minute never has more requests than its limit", "[poll]") {
    const unsigned limit = GENERATE(1u, 2u, 7u, 60u, 600u);
    request_rate rate(limit);
    std::vector<milliseconds> asked;
    milliseconds time(1'000'000);
    while (time < milliseconds(1'400'000)) {
        const milliseconds wait = rate.wait_for(1, time);
        if (wait.count() > 0) {
            time += wait;
            continue;
        }
        rate.take(1, time);
        asked.push_back(time);
    }
    for (std::size_t i = 0; i + limit < asked.size(); ++i)
        REQUIRE(asked[i + limit] - asked[i] >= milliseconds(60'000));
    CHECK(asked.size() >= limit * 5);  // and no less than that either
}

TEST_CASE("Retry-After is read as seconds and as a date", "[poll]") {
    const timestamp at = timestamp(seconds(1'794'000'000));  // Fri, 06 Nov 2026 21:20:00 GMT
    CHECK(read_retry_after("120", at) == seconds(120));
    CHECK(read_retry_after("Fri, 06 Nov 2026 21:22:00 GMT", at) == seconds(120));
    CHECK(read_retry_after("Fri, 06 Nov 2026 21:00:00 GMT", at) == seconds(0));
    CHECK(read_retry_after("999999", at) == std::chrono::hours(1));
    CHECK(read_retry_after("soon", at) == seconds(0));
    CHECK(read_retry_after("", at) == seconds(0));
}
