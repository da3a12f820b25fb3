#include <future>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <unistd.h>

#include "core/stream.h"
#include "tests/core/stream_recorder.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

const error told{errc::invalid_state, "the test closes"};

std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>(i * 31 % 251);
    return bytes;
}

}  // namespace

TEST_CASE("a stream sends, receives, and hears that the peer closed", "[stream]") {
    std::string heard;
    loopback_server server([&](peer& client) {
        heard = client.read_size(10);
        client.send("good bye");
    });
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    seen.when_open = [&] {
        CHECK(connection.is_open());
        CHECK(connection.peer_address() == "127.0.0.1:" + std::to_string(server.port()));
        const std::vector<std::string_view> parts{"one", "", "two", "four"};
        CHECK(connection.write(parts).has_value());
    };
    connection.connect();
    REQUIRE(seen.run_until_closed());
    server.wait();
    CHECK(heard == "onetwofour");
    CHECK(seen.received == "good bye");
    CHECK(seen.closed->code == errc::disconnected);
    CHECK(seen.closed->what == "the peer closed the connection");
    CHECK_FALSE(connection.is_open());
}

TEST_CASE("a stream reaches a peer over IPv6", "[stream]") {
    loopback_server server({.v6 = true}, [](peer& client) { client.send("hello"); });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.host = "::1";
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.received == "hello");
    CHECK(connection.peer_address() == "[::1]:" + std::to_string(server.port()));
}

TEST_CASE("a refused connection says so, on a later turn", "[stream]") {
    const refusing_port refusing;
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(refusing.port());
    stream connection(home, settings, seen);
    connection.connect();
    CHECK_FALSE(seen.closed.has_value());
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::unreachable);
    CHECK(seen.closed->what == "the peer refused the connection");
    CHECK(seen.closed->sys == UV_ECONNREFUSED);
    CHECK(connection.detail() ==
          "127.0.0.1:" + std::to_string(refusing.port()) + ": connection refused");
}

TEST_CASE("a process without a free descriptor reports it", "[stream]") {
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(5038);
    stream connection(home, settings, seen);
    rlimit usual{};
    REQUIRE(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    const rlimit none{0, usual.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
    connection.connect();
    const bool ended = seen.run_until_closed();
    REQUIRE(setrlimit(RLIMIT_NOFILE, &usual) == 0);
    REQUIRE(ended);
    CHECK(seen.closed->code == errc::unreachable);
    CHECK(seen.closed->sys == UV_EMFILE);
}

TEST_CASE("a peer that resets the connection is a disconnection", "[stream]") {
    loopback_server server([](peer& client) {
        client.read_until("open");  // a reset before that is a refusal
        client.send("half a mess");
        client.reset();
    });
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    seen.when_open = [&] { CHECK(connection.write("open").has_value()); };
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::disconnected);
}

TEST_CASE("a stream connects again from its own on_closed", "[stream]") {
    loopback_server server({.connection_count = 3}, [](peer& client) { client.send("x"); });
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    seen.when_closed = [&] {
        if (seen.closed_count < 3) connection.connect();
    };
    connection.connect();
    REQUIRE(seen.run_until([&] { return seen.closed_count == 3; }));
    CHECK(seen.received == "xxx");
    CHECK(seen.open_count == 3);
}

TEST_CASE("a stream is destroyed from its own on_closed", "[stream]") {
    const refusing_port refusing;
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(refusing.port());
    auto connection = std::make_unique<stream>(home, settings, seen);
    seen.when_closed = [&] { connection.reset(); };
    connection->connect();
    REQUIRE(seen.run_until_closed());
    CHECK(connection == nullptr);
}

TEST_CASE("closing ends a connection in each of its phases, once, on a later turn", "[stream]") {
    const std::string when = GENERATE("resolving", "connecting", "opening", "reading");
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.send("hello");
        client.read_to_end();
    });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    if (when == "resolving") settings.host = "localhost";
    stream connection(home, settings, seen);
    const auto close = [&] {
        connection.close(told);
        connection.close({errc::timeout, "a second reason"});
        CHECK_FALSE(seen.closed.has_value());
    };
    if (when == "opening") seen.when_open = close;
    if (when == "reading") seen.when_bytes = close;
    connection.connect();
    if (when == "resolving" || when == "connecting") close();
    REQUIRE(seen.run_until_closed());
    home.run();
    CHECK(seen.closed_count == 1);
    CHECK(seen.closed->what == told.what);
}

TEST_CASE("what does not fit the socket waits, bounded, and drains in order", "[stream]") {
    constexpr std::size_t queue_size_max = 8 * 1024 * 1024;
    std::promise<void> released;
    std::string heard;
    std::size_t expected_size = 0;
    loopback_server server([&](peer& client) {
        released.get_future().wait();
        heard = client.read_size(expected_size);
    });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.write_queue_size_max = queue_size_max;
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_open());
    const std::string block = pattern(100'000);
    std::string sent;
    for (;;) {
        const std::vector<std::string_view> parts(3, block);
        const auto written = connection.write(parts);
        if (!written) {
            CHECK(written.error().code == errc::full);
            break;
        }
        for (const auto part : parts)
            sent += part;
        REQUIRE(sent.size() < 100 * queue_size_max);
    }
    CHECK(connection.write_queue_size() <= queue_size_max);
    CHECK(connection.write_queue_size() > queue_size_max / 2);
    CHECK(seen.drained_count == 0);
    expected_size = sent.size();
    released.set_value();
    REQUIRE(seen.run_until([&] { return seen.drained_count > 0; }));
    CHECK(connection.write_queue_size() <= queue_size_max / 2);
    REQUIRE(seen.run_until_closed());
    server.wait();
    CHECK(seen.drained_count == 1);
    CHECK(heard == sent);
}

TEST_CASE("a write of more parts than one system call takes is sent whole", "[stream]") {
    const std::string bytes = pattern(5'000);
    std::string heard;
    loopback_server server([&](peer& client) { heard = client.read_size(bytes.size()); });
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    std::vector<std::string_view> parts;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        parts.push_back(std::string_view(bytes).substr(i, 1));
    seen.when_open = [&] { CHECK(connection.write(parts).has_value()); };
    connection.connect();
    REQUIRE(seen.run_until_closed());
    server.wait();
    CHECK(heard == bytes);
}

TEST_CASE("a batch of reads ends with one on_idle", "[stream]") {
    loopback_server server([](peer& client) {
        client.send(pattern(1000));
        client.read_size(1);
    });
    loop home;
    stream_recorder seen(home);
    seen.space_size = 100;
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until([&] { return seen.received.size() == 1000; }));
    CHECK(seen.received == pattern(1000));
    CHECK(seen.idle_count >= 1);
    CHECK(seen.idle_count < 10);
    connection.close(told);
    REQUIRE(seen.run_until_closed());
}

TEST_CASE("a paused stream reads nothing until it goes on", "[stream]") {
    loopback_server server([](peer& client) {
        client.read_size(1);
        client.send(pattern(1000));
        client.read_size(1);
    });
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(server.port());
    stream connection(home, settings, seen);
    connection.pause();  // of no use before it is open
    seen.when_open = [&] { connection.pause(); };
    connection.connect();
    REQUIRE(seen.run_until([&] { return connection.is_open(); }));
    REQUIRE(connection.write("x").has_value());
    bool is_later = false;
    timer later(home, [&] { is_later = true; });
    later.start(milliseconds(50));
    REQUIRE(seen.run_until([&] { return is_later; }));
    CHECK(seen.received.empty());
    connection.resume();
    connection.resume();
    REQUIRE(seen.run_until([&] { return seen.received.size() == 1000; }));
    CHECK(seen.received == pattern(1000));
    connection.close(told);
    REQUIRE(seen.run_until_closed());
}

TEST_CASE("a write to a stream that is not open is refused", "[stream]") {
    loop home;
    stream_recorder seen(home);
    const auto settings = loopback_settings(1);
    stream connection(home, settings, seen);
    const auto written = connection.write("x");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().code == errc::invalid_state);
}
