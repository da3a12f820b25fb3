#include <thread>

#include <catch2/catch.hpp>

#include "sources/yeastar_subscription.h"
#include "tests/sources/yeastar_fixture.h"
#include "tests/support/websocket_peer.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

constexpr const char* welcome =
    R"({"errcode":0,"errmsg":"SUCCESS","access_token":"EXZM","refresh_token":"SCdu"})";
constexpr const char* subscribed = R"({"errcode":0,"errmsg":"SUCCESS"})";
constexpr const char* report = R"({"type":30011,"sn":"3632","msg":"{}"})";

struct subscription_fixture : yeastar_fixture {
    subscription_fixture() : pbx([](std::size_t, const api_request&) { return welcome; }) {
        settings.api.generation = sources::yeastar_generation::p_series;
        wanted.pbx = "branch";
        wanted.topics = {30011, 30012};
        wanted.socket.connection.host = "127.0.0.1";
        wanted.backoff_first = wanted.backoff_longest = milliseconds(1);
    }
    ~subscription_fixture() {
        if (subscription) subscription->stop();
        stop();
    }

    void subscribe(std::uint16_t port) {
        wanted.socket.connection.port = port;
        start(pbx.port());
        subscription = std::make_unique<sources::yeastar_subscription>(
            wanted,
            sources::yeastar_subscription_parts{
                home, events, *session, [this](std::string_view text) { heard.emplace_back(text); },
                [this] { ++batch_count; }});
        REQUIRE(run_until_connected());
        subscription->on_token();
    }

    scripted_api pbx;
    sources::yeastar_subscription_settings wanted;
    std::vector<std::string> heard;
    std::unique_ptr<sources::yeastar_subscription> subscription;
};

}  // namespace

TEST_CASE("events come over a WebSocket, and a lost one leaves a gap that is told", "[yeastar]") {
    std::vector<std::string> said;
    std::string head;
    int number = 0;
    loopback_server server({.connection_count = 2}, [&](peer& client) {
        head = client.read_until("\r\n\r\n");
        client.send(upgraded(head));
        said.push_back(read_frame(client));
        client.send(frame_of(text_kind, subscribed) + frame_of(text_kind, report));
        if (++number == 1) return;
        while (!read_frame(client).empty())
            client.send(frame_of(text_kind, "heartbeat response"));
    });
    subscription_fixture one;
    one.subscribe(server.port());
    REQUIRE(one.run_until([&] { return one.heard.size() == 2; }));
    CHECK(one.heard[0] == report);
    CHECK(one.subscription->connected());
    CHECK(one.count_of(event_type::source_disconnected) == 1);
    CHECK(one.count_of(event_type::source_gap) == 1);
    one.subscription->stop();
    REQUIRE(one.run_until([&] { return one.subscription->stopped(); }));
    CHECK(one.count_of(event_type::source_disconnected) == 2);
    server.wait();
    CHECK(head.starts_with("GET /openapi/v1.0/subscribe?access_token=EXZM HTTP/1.1\r\n"));
    REQUIRE(said.size() == 2);
    CHECK(said[0] == "\x81{\"topic_list\":[30011,30012]}");
}

TEST_CASE("a subscription beats, and a PBX that falls silent is given up", "[yeastar]") {
    std::string said;
    loopback_server server([&](peer& client) {
        client.send(upgraded(client.read_until("\r\n\r\n")));
        read_frame(client);
        client.send(frame_of(text_kind, subscribed));
        said = read_frame(client);
        client.read_to_end();
    });
    subscription_fixture one;
    one.wanted.heartbeat_interval = milliseconds(1);
    one.wanted.silence_max = milliseconds(20);
    one.subscribe(server.port());
    REQUIRE(one.run_until([&] { return one.count_of(event_type::source_disconnected) == 1; }));
    one.subscription->stop();
    server.wait();
    CHECK(said == "\x81heartbeat");
    const event& last = *one.events.of_type(event_type::source_disconnected).front();
    CHECK(data_of<source_data>(last).reason == "the PBX stopped answering");
}

TEST_CASE("a token that the WebSocket refuses is asked for anew", "[yeastar]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        client.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    });
    subscription_fixture one;
    one.subscribe(server.port());
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 2; }));
    CHECK(one.count_of(event_type::source_disconnected) == 1);  // the session's
}

TEST_CASE("a WebSocket that is refused for good is not asked as fast as logins go", "[yeastar]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.read_until("\r\n\r\n");
        client.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
    });
    subscription_fixture one;
    one.wanted.backoff_first = one.wanted.backoff_longest = std::chrono::minutes(1);
    one.subscribe(server.port());
    REQUIRE(one.run_until([&] { return one.session->counters().logins == 2; }));
    one.subscription->on_token();  // the new one
    for (int turn = 0; turn < 50; ++turn) {
        one.home.run_ready();
        std::this_thread::yield();
    }
    CHECK(server.accepted_count() == 1);
}
