#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/websocket_client.h"
#include "tests/support/loopback_server.h"
#include "tests/support/websocket_peer.h"

using namespace callstream;
using namespace callstream::test;

namespace {

struct recorder final : websocket_handler {
    explicit recorder(std::uint16_t port) {
        settings.connection.host = "127.0.0.1";
        settings.connection.port = port;
        settings.message_size_max = 1000;
    }
    void on_open() override {
        ++open_count;
        if (when_open) when_open();
    }
    void on_text(std::string_view message) override {
        messages.emplace_back(message);
        if (when_text) when_text();
    }
    void on_closed(const error& reason) override { closed = reason; }

    // Gives up after ten seconds.
    bool run_until_closed() {
        bool late = false;
        timer guard(home, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        socket.connect("/openapi/v1.0/subscribe?access_token=t");
        while (!late && !closed)
            home.run_once();
        return !late;
    }

    loop home;
    websocket_settings settings;
    websocket_client socket{home, settings, *this};
    int open_count = 0;
    std::vector<std::string> messages;
    std::optional<error> closed;
    std::function<void()> when_open;
    std::function<void()> when_text;
};

}  // namespace

TEST_CASE("messages go both ways over a WebSocket, and pings are answered", "[websocket]") {
    std::vector<std::string> heard;
    std::string head;
    loopback_server server([&](peer& client) {
        head = client.read_until("\r\n\r\n");
        // The first frame comes with the answer, and the second in pieces.
        client.send(upgraded(head) + frame_of(text_kind, R"({"errcode":0})"));
        heard.push_back(read_frame(client));
        for (const char byte : frame_of(text_kind, std::string(500, 'x')))
            client.send(std::string_view(&byte, 1));
        client.send(frame_of(ping_kind, "are you there"));
        heard.push_back(read_frame(client));
        client.send(frame_of(close_kind, std::string("\x03\xe8", 2)));
        heard.push_back(read_frame(client));
    });
    recorder seen(server.port());
    seen.when_open = [&] { CHECK(seen.socket.send_text(R"({"topic_list":[30011]})").has_value()); };
    REQUIRE(seen.run_until_closed());
    server.wait();
    CHECK(head.starts_with("GET /openapi/v1.0/subscribe?access_token=t HTTP/1.1\r\n"));
    CHECK(head.find("Host: 127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
    REQUIRE(seen.messages.size() == 2);
    CHECK(seen.messages[0] == R"({"errcode":0})");
    CHECK(seen.messages[1] == std::string(500, 'x'));
    REQUIRE(heard.size() == 3);
    CHECK(heard[0] ==
          "\x81"
          R"({"topic_list":[30011]})");
    CHECK(heard[1] ==
          "\x8a"
          "are you there");
    CHECK(heard[2].front() == close_kind);
    CHECK(seen.closed->code == errc::disconnected);
    CHECK_FALSE(seen.socket.is_open());
}

TEST_CASE("an upgrade that is refused or is none is told apart", "[websocket]") {
    struct answering {
        std::string answer;
        errc code;
        int status;
    };
    const auto one = GENERATE(
        answering{"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", errc::refused, 401},
        answering{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
                  errc::wrong_protocol, 0},
        answering{"Asterisk Call Manager/1.1\r\n\r\n", errc::wrong_protocol, 0},
        answering{"HTTP/1.1 101 Switching", errc::disconnected, 0});
    loopback_server server([&](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(one.answer);
    });
    recorder seen(server.port());
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == one.code);
    if (one.status != 0) CHECK(seen.closed->sys == one.status);
    CHECK(seen.open_count == 0);
    CHECK_FALSE(seen.socket.send_text("x").has_value());
}

TEST_CASE("an upgrade that is never answered is given up", "[websocket]") {
    loopback_server server([](peer& client) { client.read_to_end(); });
    recorder seen(server.port());
    seen.settings.upgrade_timeout = std::chrono::milliseconds(20);
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::timeout);
    CHECK(seen.open_count == 0);
}

TEST_CASE("broken frames and messages beyond the limit end the connection", "[websocket]") {
    struct sending {
        std::string frame;
        errc code;
    };
    const auto one = GENERATE(sending{frame_of(text_kind, std::string(1001, 'x')), errc::too_large},
                              sending{frame_of('\xf1', "reserved bits"), errc::malformed},
                              sending{frame_of(text_kind, "\xff\xfe"), errc::malformed});
    loopback_server server([&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        client.send(upgraded(head) + one.frame);
        client.read_to_end();
    });
    recorder seen(server.port());
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == one.code);
    CHECK(seen.messages.empty());
}

TEST_CASE("nothing is told after the handler closed the connection", "[websocket]") {
    loopback_server server([&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        client.send(upgraded(head) + frame_of(text_kind, "one") + frame_of(text_kind, "two"));
        client.read_to_end();
    });
    recorder seen(server.port());
    seen.when_text = [&] { seen.socket.close({errc::invalid_state, "the test closes"}); };
    REQUIRE(seen.run_until_closed());
    CHECK(seen.messages == std::vector<std::string>{"one"});
    CHECK(seen.closed->what == "the test closes");
}
