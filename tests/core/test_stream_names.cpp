// Names that the test itself resolves: getaddrinfo of this program stands before the system's.

#include <chrono>
#include <future>
#include <string>

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <netdb.h>

#include "core/stream.h"
#include "tests/core/stream_recorder.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

std::promise<void>* slow_name = nullptr;

}  // namespace

extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* hints,
                           addrinfo** found) {
    using function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
    static const auto system = reinterpret_cast<function>(dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string name = host != nullptr ? host : "";
    if (name == "unknown.test") return EAI_NONAME;
    if (name == "slow.test") slow_name->get_future().wait();
    if (name == "slow.test") return EAI_AGAIN;
    if (name != "several.test") return system(host, port, hints, found);
    addrinfo* last = nullptr;
    const int status = system("127.0.0.1", port, hints, &last);
    for (const char* before : {"127.0.0.2", "::1"}) {
        addrinfo* first = nullptr;
        if (system(before, port, hints, &first) != 0) continue;
        first->ai_next = last;
        last = first;
    }
    *found = last;
    return status;
}

TEST_CASE("all addresses of a name are tried until one answers", "[stream]") {
    loopback_server server([](peer& client) { client.send("hello"); });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.host = "several.test";
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.received == "hello");
    CHECK(connection.peer_address() == "127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("an address that keeps silent does not use up the time of the others", "[stream]") {
    const std::string host = GENERATE("127.0.0.2", "several.test");
    loopback_server server([](peer& client) { client.send("hello"); });
    const silent_port silent("127.0.0.2", server.port());
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.host = host;
    settings.connect_timeout = milliseconds(300);
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    if (host == "several.test") {
        CHECK(seen.received == "hello");
    } else {
        CHECK(seen.closed->code == errc::timeout);
        CHECK(seen.closed->what == "the peer did not answer");
    }
}

TEST_CASE("when no address answers the reasons of all are told", "[stream]") {
    const refusing_port refusing;
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(refusing.port());
    settings.host = "several.test";
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    const std::string port = std::to_string(refusing.port());
    CHECK(seen.closed->code == errc::unreachable);
    CHECK_THAT(connection.detail(), Catch::Contains("[::1]:" + port));
    CHECK_THAT(connection.detail(), Catch::Contains("127.0.0.2:" + port));
    CHECK_THAT(connection.detail(), Catch::EndsWith("127.0.0.1:" + port + ": connection refused"));
}

TEST_CASE("a name that nobody knows is unreachable", "[stream]") {
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(5038);
    settings.host = "unknown.test";
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::unreachable);
    CHECK(seen.closed->what == "the host name cannot be resolved");
    CHECK(connection.detail() == "unknown.test: unknown node or service");
}

TEST_CASE("a resolver that does not answer is given up, and its late answer forgotten",
          "[stream]") {
    std::promise<void> answered;
    slow_name = &answered;
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(5038);
    settings.host = "slow.test";
    settings.connect_timeout = milliseconds(20);
    {
        stream connection(home, settings, seen);
        connection.connect();
        REQUIRE(seen.run_until_closed());
        CHECK(seen.closed->code == errc::timeout);
        CHECK(seen.closed->what == "the host name was not resolved in time");
    }
    answered.set_value();
    home.run();
    CHECK(seen.closed_count == 1);
}
