#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/sources/ami_fixture.h"
#include "tests/support/capture.h"
#include "tests/support/certificates.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view user_event =
    "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Test\r\n\r\n";

}  // namespace

TEST_CASE("a login is told as source.connected, its loss as source.disconnected", "[ami]") {
    loopback_server server([](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        client.send(user_event);
    });
    ami_fixture pbx;
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_disconnected) == 1; }));
    pbx.stop();
    const auto& told = pbx.events.all();
    REQUIRE(told.size() == 3);
    CHECK(told[0].type == event_type::source_connected);
    CHECK(told[1].type == event_type::user_event);
    CHECK(told[2].type == event_type::source_disconnected);
    const auto& connected = data_of<source_data>(told[0]);
    CHECK(connected.transport == "ami");
    CHECK(connected.address == "127.0.0.1:" + std::to_string(server.port()));
    CHECK(connected.version == "12.0.0");
    CHECK(connected.reason.data() == nullptr);
    CHECK(told[0].subject == "hq");
    CHECK(data_of<source_data>(told[2]).reason == "the peer closed the connection");
    CHECK(pbx.batch_count > 0);
}

TEST_CASE("a connection that ends is dialled again", "[ami]") {
    loopback_server server({.connection_count = 3}, [](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        client.send(user_event.substr(0, 30));  // and dies inside a message
    });
    ami_fixture pbx;
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_disconnected) == 3; }));
    CHECK(pbx.count_of(event_type::source_connected) == 3);
    CHECK(pbx.count_of(event_type::user_event) == 0);
    CHECK(pbx.decoder.counters().rejected == 3);
    CHECK(pbx.client->counters().connects == 3);
}

TEST_CASE("pings are answered and asked again in both dialects", "[ami]") {
    const std::string response = GENERATE("Success", "Pong");
    std::atomic<int> ping_count{0};
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        while (script.read_request().starts_with("Action: Ping")) {
            ++ping_count;
            script.answer(response);
        }
    });
    ami_fixture pbx;
    pbx.settings.ping_interval = milliseconds(2);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return ping_count >= 5; }));
    CHECK(pbx.client->connected());
}

TEST_CASE("a PBX that stopped answering pings is lost", "[ami]") {
    loopback_server server([](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        client.read_to_end();  // a half-open connection: nothing comes back
    });
    ami_fixture pbx;
    pbx.settings.ping_interval = milliseconds(1);
    pbx.settings.ping_timeout = milliseconds(30);
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_disconnected) == 1; }));
    CHECK(pbx.client->status().failure == "the PBX stopped answering");
}

TEST_CASE("a PBX that only sends events is given more time, but must answer", "[ami]") {
    std::atomic<bool> ended{false};
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        while (!ended) {
            client.send(user_event);
            std::this_thread::yield();
        }
    });
    ami_fixture pbx;
    pbx.settings.ping_interval = milliseconds(1);
    pbx.settings.ping_timeout = milliseconds(50);
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until_connected());
    const bool lost =
        pbx.run_until([&] { return pbx.count_of(event_type::source_disconnected) == 1; });
    ended = true;
    REQUIRE(lost);
    CHECK(pbx.client->status().failure == "the PBX sends events and answers no ping");
}

TEST_CASE("an idle client keeps no slab", "[ami]") {
    loopback_server server([](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        client.send(user_event);
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::user_event) == 1; }));
    CHECK(pbx.slabs.slab_count() == 1);
    CHECK(pbx.slabs.free_count() == 1);
}

TEST_CASE("stopping logs off, and is told", "[ami]") {
    std::string last;
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        last = client.read_to_end();
    });
    ami_fixture pbx;
    pbx.start(server.port());
    REQUIRE(pbx.run_until_connected());
    pbx.stop();
    server.wait();
    CHECK(last.starts_with("Action: Logoff\r\n"));
    REQUIRE(pbx.count_of(event_type::source_disconnected) == 1);
    CHECK(data_of<source_data>(pbx.events.all().back()).reason == "callstream stops");
}

TEST_CASE("a client stops in each of its phases", "[ami]") {
    const std::string phase = GENERATE("at once", "waiting", "greeting", "login");
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        if (phase == "waiting") return;
        if (phase == "login") script.greet();
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    if (phase == "waiting") REQUIRE(pbx.run_until_failed());
    if (phase == "greeting")
        REQUIRE(pbx.run_until([&] { return pbx.client->counters().connects == 1; }));
    if (phase == "login")
        REQUIRE(pbx.run_until([&] { return !pbx.client->status().version.empty(); }));
    pbx.stop();  // the loop ends, or this test hangs
    CHECK(pbx.events.all().empty());
}

TEST_CASE("many PBXes share one loop", "[ami]") {
    constexpr std::size_t pbx_count = 50;
    std::vector<std::unique_ptr<loopback_server>> servers;
    loop home;
    slab_pool slabs;
    std::deque<ami_fixture> pbxes;
    std::deque<sources::ami_client> clients;
    for (std::size_t i = 0; i < pbx_count; ++i) {
        servers.push_back(std::make_unique<loopback_server>([](peer& client) {
            scripted_pbx script(client);
            script.accept_login();
            client.send(user_event);
            script.answer_pings();
        }));
        ami_fixture& pbx = pbxes.emplace_back();
        pbx.settings.connection.port = servers.back()->port();
        pbx.settings.ping_interval = milliseconds(5);
        clients.emplace_back(pbx.settings,
                             sources::ami_client_parts{home, slabs, pbx.decoder, pbx.events, {}});
        clients.back().start();
    }
    const auto all_seen = [&] {
        for (const ami_fixture& pbx : pbxes)
            if (pbx.count_of(event_type::user_event) == 0) return false;
        return true;
    };
    bool late = false;
    timer guard(home, [&late] { late = true; });
    guard.start(std::chrono::seconds(30));
    while (!late && !all_seen())
        home.run_once();
    guard.stop();
    CHECK_FALSE(late);
    for (auto& client : clients) {
        CHECK(client.connected());
        client.stop();
    }
    home.run();
    for (const ami_fixture& pbx : pbxes)
        CHECK(pbx.count_of(event_type::source_disconnected) == 1);
}

TEST_CASE("a recorded call comes through TLS as it comes from the recording", "[ami]") {
    const capture recorded = load_capture("tls_simple_call");
    recorded_events expected;
    parsers::ami_translator translator({}, expected);
    parsers::ami_decoder decoder({}, {translator, expected});
    REQUIRE(decoder.decode(recorded.bytes(), recorded.segments[0].arrived, nullptr).has_value());

    const certificate own({});
    const server_settings serving{.certificate_file = own.file(), .key_file = own.key_file()};
    loopback_server server(serving, [&](peer& client) {
        scripted_pbx script(client);
        script.accept_login();
        const std::string_view bytes = recorded.bytes();
        const std::size_t begin = bytes.find("\r\n\r\n") + 4;  // behind greeting and login
        const std::size_t end = bytes.rfind("Response: Goodbye");
        for (const capture_segment& segment : recorded.segments) {
            const std::size_t from = std::max(segment.offset, begin);
            const std::size_t to = std::min(segment.offset + segment.size, end);
            if (from < to) client.send(bytes.substr(from, to - from));
        }
    });
    ami_fixture pbx;
    pbx.settings.connection.tls =
        tls_settings{.verify = tls_verify::pin, .pin_sha256 = own.fingerprint()};
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until([&] { return pbx.count_of(event_type::source_disconnected) == 1; }));
    std::vector<event_type> types;
    for (const event& told : pbx.events.all())
        types.push_back(told.type);
    REQUIRE(types.size() == expected.all().size() + 2);
    for (std::size_t i = 0; i < expected.all().size(); ++i)
        CHECK(types[i + 1] == expected.all()[i].type);
    CHECK(pbx.count_of(event_type::call_answered) == 1);
    CHECK(pbx.decoder.counters().rejected == 0);
}
