#include <catch2/catch.hpp>

#include "tests/sources/yeastar_fixture.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

bool is_login(const api_request& request) {
    return request.target == "/api/v1.1.0/login";
}

constexpr const char* success = R"({"status":"Success"})";
constexpr const char* welcome = R"({"status":"Success","token":"48a7d7481a53"})";

std::string welcome_all(std::size_t, const api_request& request) {
    return is_login(request) ? welcome : success;
}

const source_data& told_by(const recorded_events& events, std::size_t index) {
    return data_of<source_data>(events.all().at(index));
}

}  // namespace

TEST_CASE("a session logs in, beats, and logs out", "[yeastar]") {
    scripted_api pbx(welcome_all);
    yeastar_fixture one;
    one.settings.heartbeat_interval = milliseconds(1);
    one.settings.api.receiver = {"192.0.2.5", 8260, "/push/branch"};
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().heartbeats >= 2; }));
    CHECK(one.session->token() == "48a7d7481a53");
    CHECK(one.count_of(event_type::source_connected) == 1);
    CHECK(one.token_count == 1);
    one.session->stop();
    REQUIRE(one.run_until([&] { return one.session->stopped(); }));
    CHECK(one.count_of(event_type::source_disconnected) == 1);
    CHECK(one.batch_count == 2);
    const auto& heard = pbx.requests();
    CHECK(is_login(heard[0]));
    CHECK(heard[1].target == "/api/v1.1.0/heartbeat?token=48a7d7481a53");
    CHECK(heard[1].body.find(R"("url":"192.0.2.5:8260/push/branch")") != std::string::npos);
    CHECK(heard.back().target == "/api/v1.1.0/logout?token=48a7d7481a53");
}

TEST_CASE("a token that the PBX forgot, or a restart it tells of, means a new login", "[yeastar]") {
    scripted_api pbx([](std::size_t number, const api_request& request) -> std::string {
        if (number == 1) return R"({"status":"Failed","errno":"20004"})";
        return welcome_all(number, request);
    });
    yeastar_fixture one;
    one.settings.heartbeat_interval = milliseconds(1);
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 2; }));
    CHECK(one.count_of(event_type::source_disconnected) == 1);
    one.session->on_restarted();
    CHECK_FALSE(one.session->connected());
    one.session->on_restarted();  // said twice
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 3; }));
    one.session->on_refused("an older token");
    CHECK(one.session->connected());
    one.session->on_refused("48a7d7481a53");
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 4; }));
    CHECK(one.count_of(event_type::source_connected) == 4);
    CHECK(one.count_of(event_type::source_disconnected) == 3);
}

TEST_CASE("a wrong password is never tried often enough to be locked out", "[yeastar]") {
    scripted_api pbx([](std::size_t, const api_request&) -> std::string {
        return R"({"status":"Failed","errno":"20003"})";
    });
    yeastar_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().refused == 4; }));
    bool later = false;
    timer guard(one.home, [&later] { later = true; });
    guard.start(milliseconds(50));
    REQUIRE(one.run_until([&] { return later; }));
    CHECK(pbx.request_count() == 4);  // the fifth comes after the longest lock
    CHECK(one.session->status().failure == "the PBX refused the API login");
    CHECK(one.session->status().detail == "error 20003");
    CHECK(one.count_of(event_type::source_disconnected) == 0);
}

TEST_CASE("a lock is waited out", "[yeastar]") {
    scripted_api pbx([](std::size_t, const api_request&) -> std::string {
        return R"({"status":"Failed","errno":"20002"})";
    });
    yeastar_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().refused == 1; }));
    CHECK(one.session->status().failure == "the PBX locked us out after wrong passwords");
}

TEST_CASE("heartbeats that fail are repeated, then the session is over", "[yeastar]") {
    scripted_api pbx([](std::size_t number, const api_request& request) -> std::string {
        if (number >= 1 && number <= 3) return {};
        return welcome_all(number, request);
    });
    yeastar_fixture one;
    one.settings.heartbeat_interval = milliseconds(1);
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 2; }));
    CHECK(one.count_of(event_type::source_disconnected) == 1);
    one.stop();
    CHECK(is_login(pbx.requests()[4]));
}

TEST_CASE("what answers instead of the API is told apart", "[yeastar]") {
    struct answering {
        const char* body;
        std::string_view failure;
    };
    const auto other = GENERATE(
        answering{"<html>Login</html>", "the answer is no JSON of a Yeastar API"},
        answering{R"({"status":"Success"})", "the PBX's API answered the login without a token"},
        answering{"", "the peer closed the connection without an answer"});
    scripted_api pbx(
        [other](std::size_t, const api_request&) -> std::string { return other.body; });
    yeastar_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return !one.session->status().failure.empty(); }));
    CHECK(one.session->status().failure == other.failure);
    CHECK_FALSE(one.session->connected());
}

TEST_CASE("a P-Series session refreshes its token and gives it back", "[yeastar]") {
    scripted_api pbx([](std::size_t number, const api_request&) -> std::string {
        const std::string digit = std::to_string(number);
        return R"({"errcode":0,"errmsg":"SUCCESS","access_token_expire_time":1800,)"
               R"("access_token":"access)" +
               digit + R"(","refresh_token":"refresh)" + digit + R"("})";
    });
    yeastar_fixture one;
    one.settings.api.generation = sources::yeastar_generation::p_series;
    one.settings.heartbeat_interval = milliseconds(1);
    one.start(pbx.port());
    REQUIRE(one.run_until([&] { return one.session->counters().heartbeats == 2; }));
    CHECK(one.session->token() == "access2");
    CHECK(one.token_count == 3);
    CHECK(one.count_of(event_type::source_connected) == 1);
    one.stop();
    const auto& heard = pbx.requests();
    CHECK(heard[0].target == "/openapi/v1.0/get_token");
    CHECK(heard[1].body == R"({"refresh_token":"refresh0"})");
    CHECK(heard[2].body == R"({"refresh_token":"refresh1"})");
    CHECK(heard.back().target.starts_with("/openapi/v1.0/del_token?access_token=access"));
}

TEST_CASE("the events say why, in words", "[yeastar]") {
    scripted_api pbx(welcome_all);
    yeastar_fixture one;
    one.start(pbx.port());
    REQUIRE(one.run_until_connected());
    one.session->on_restarted();
    CHECK(told_by(one.events, 0).transport == "push");
    CHECK(told_by(one.events, 0).version == "1.1.0");
    CHECK(told_by(one.events, 0).reason.data() == nullptr);
    CHECK(told_by(one.events, 1).reason == "the PBX has restarted");
}
