#include "tests/sinks/redis_bench.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::sinks;
using namespace std::chrono_literals;
using test::difference;
using test::redis_bench;
using test::redis_client;
using test::running_sink;

TEST_CASE("each event is an entry with its attributes as fields", "[redis]") {
    redis_bench b;
    b.feed.publish(1, timestamp{1785415401512345us});
    running_sink(b.settings, *b.events).drain();
    const auto entries = redis_client(b.server).entries("calls.events");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].id == "1785415401512-1");
    REQUIRE(entries[0].fields.size() == 2 * attribute_names.size());
    for (std::size_t i = 0; i < attribute_names.size(); ++i)
        CHECK(entries[0].fields[2 * i] == attribute_names[i]);
    CHECK(entries[0]["type"] == "call.ringing");
    CHECK(entries[0]["subject"] == "1753880000.1");
    CHECK(entries[0]["time"] == "2026-07-30T12:43:21.512345Z");
    CHECK(entries[0]["sequence"] == "0000000000000001");
    CHECK(entries[0]["partitionkey"] == "hq:1753880000.1");
    CHECK(entries[0]["data"].find(R"({"call_id":"1753880000.1",)") == 0);
}

TEST_CASE("attributes that JSON escapes are stored as text", "[redis]") {
    redis_bench b;
    test::event_feed feed(*b.events, "h\"q\n");
    feed.publish(1);
    running_sink(b.settings, *b.events).drain();
    const auto entries = redis_client(b.server).entries("calls.events");
    REQUIRE(entries.size() == 1);
    CHECK(entries[0]["source"] == "/pbx/h\"q\n");
    CHECK(entries[0]["partitionkey"] == "h\"q\n:1753880000.1");
}

TEST_CASE("a backlog is stored in order and acknowledged", "[redis]") {
    redis_bench b;
    b.feed.publish(20'000);
    running_sink running(b.settings, *b.events);
    running.drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
    CHECK(running.counters().acknowledged == 20'000);
    CHECK(running.counters().sent == 20'000);
    CHECK(running.counters().rejected == 0);
    CHECK(running.counters().reconnects == 0);
}

TEST_CASE("large events are stored", "[redis]") {
    redis_bench b;
    for (const std::size_t size : {100u, 1000u, 40'000u, 80'000u}) {
        b.feed.name.assign(size, 'n');
        b.feed.publish(3);
    }
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("events published while connected follow at once", "[redis]") {
    redis_bench b;
    running_sink running(b.settings, *b.events);
    running.turn_until([&] { return running.counters().connected.load(); });
    for (std::uint64_t i = 1; i <= 50; ++i) {
        b.feed.publish(1);
        running.sink().wake();
        running.turn_until([&] { return running.counters().acknowledged == i; });
    }
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("a stream is kept near its length limit", "[redis]") {
    redis_bench b;
    b.settings.max_length = 500;
    b.feed.publish(5000);
    running_sink(b.settings, *b.events).drain();
    const int length = std::stoi(b.length());
    CHECK(length >= 500);
    CHECK(length < 1000);
}

TEST_CASE("the configured database and name are used", "[redis]") {
    redis_bench b;
    b.settings.database = 3;
    b.settings.stream = "other";
    b.feed.publish(1);
    running_sink running(b.settings, *b.events);
    running.turn_until([&] { return running.counters().acknowledged == 1; });
    redis_client client(b.server);
    CHECK(client.command({"CLIENT", "LIST"}).find("name=callstream:live") != std::string::npos);
    CHECK(client.command({"EXISTS", "other"}) == "0");
    CHECK(client.command({"SELECT", "3"}) == "OK");
    CHECK(client.command({"EXISTS", "other"}) == "1");
}

TEST_CASE("a server that is not there at start is waited for", "[redis]") {
    redis_bench b;
    b.server.stop();
    b.feed.publish(10);
    running_sink running(b.settings, *b.events);
    running.turn_for(50ms);
    CHECK_FALSE(running.counters().connected);
    b.server.start();
    running.drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}

TEST_CASE("a sink stops while it connects, waits, and sends", "[redis]") {
    redis_bench b;
    b.feed.publish(5000);
    const int turns = GENERATE(0, 1, 2, 3, 5, 8);
    running_sink running(b.settings, *b.events);
    for (int i = 0; i < turns; ++i)
        running.turn_for(0ms);
    running.sink().stop();
    running.sink().stop();
    running.sink().wake();
    CHECK_FALSE(running.counters().connected);
}

TEST_CASE("draining gives up at the deadline", "[redis]") {
    redis_bench b;
    b.server.stop();
    b.feed.publish(1);
    loop own;
    const auto reader = test::open_reader(*b.events, "live");
    redis_sink sink(b.settings, own, *reader);
    sink.start();
    sink.drain(30ms);
    own.run();
    CHECK_FALSE(sink.drained());
}

TEST_CASE("a sink with nothing to send is drained at once", "[redis]") {
    redis_bench b;
    b.server.stop();
    running_sink running(b.settings, *b.events);
    running.sink().drain(1s);
    CHECK(running.sink().drained());
}

TEST_CASE("an operator may empty the server while the sink is connected", "[redis]") {
    redis_bench b;
    running_sink running(b.settings, *b.events);
    b.feed.publish(10);
    running.sink().wake();
    running.turn_until([&] { return running.counters().acknowledged == 10; });
    CHECK(redis_client(b.server).command({"FLUSHALL"}) == "OK");
    b.feed.publish(5);
    running.drain();
    CHECK(b.length() == "5");
    CHECK(running.counters().reconnects == 0);
}

TEST_CASE("a connection that an operator kills is opened again, and nothing is twice", "[redis]") {
    redis_bench b;
    running_sink running(b.settings, *b.events);
    redis_client client(b.server);
    for (std::uint64_t i = 0; i < 10; ++i) {
        running.turn_until([&] { return running.counters().connected.load(); });
        b.feed.publish(2000);
        running.sink().wake();
        CHECK(client.command({"CLIENT", "KILL", "TYPE", "normal"}) == "1");
        running.turn_until([&] { return running.counters().reconnects > i; });
    }
    running.drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
    CHECK(running.counters().reconnects == 10);
}

TEST_CASE("rediss is the same over TLS", "[redis]") {
    const test::certificate own({});
    redis_bench b({"--tls-cert-file", own.file(), "--tls-key-file", own.key_file(),
                   "--tls-ca-cert-file", own.file(), "--tls-auth-clients", "no"});
    b.settings.connection.port = test::refusing_port().port();  // free again by now
    const std::string port = std::to_string(b.settings.connection.port);
    CHECK(redis_client(b.server).command({"CONFIG", "SET", "tls-port", port}) == "OK");
    b.settings.connection.tls.emplace();
    b.settings.connection.tls->ca_file = own.file();
    b.feed.publish(5000);
    running_sink(b.settings, *b.events).drain();
    CHECK(difference(b.stored_ids(), b.published_ids()) == "");
}
