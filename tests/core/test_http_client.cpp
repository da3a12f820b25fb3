#include <fstream>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "core/http_fetch.h"
#include "tests/core/http_recorder.h"
#include "tests/support/loopback_server.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::test;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view head_end = "\r\n\r\n";

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

struct plain_client {
    loop home;
    http_client client{home, {}};
    http_recorder seen{home, client};
};

}  // namespace

TEST_CASE("a request is answered, and the connection serves the next", "[http]") {
    std::vector<std::string> heard;
    loopback_server server([&](peer& client) {
        heard.push_back(client.read_until(head_end));
        client.send(answer_of("{\"status\":\"Success\"}", "Content-Type: application/json\r\n"));
        heard.push_back(client.read_until(head_end));
        heard[1] += client.read_size(9);
        client.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\none\r\n4\r\n two\r\n0\r\n\r\n");
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port(), "/first?a=b")}));
    CHECK(one.seen.succeeded());
    CHECK(one.seen.status == 200);
    CHECK(one.seen.kind == "application/json");
    CHECK(one.seen.body == "{\"status\":\"Success\"}");
    REQUIRE(one.seen.run({.url = url_of(server.port(), "/second"),
                          .method = "POST",
                          .headers = {"X-One: 1"},
                          .body = "some body"}));
    CHECK(one.seen.succeeded());
    CHECK(one.seen.body == "one two");
    server.wait();
    CHECK(heard[0].starts_with("GET /first?a=b HTTP/1.1\r\n"));
    CHECK(has(heard[0], "User-Agent: callstream\r\n"));
    CHECK(heard[1].starts_with("POST /second HTTP/1.1\r\n"));
    CHECK(has(heard[1], "X-One: 1\r\n"));
    CHECK(has(heard[1], "Content-Length: 9\r\n"));
    CHECK_FALSE(has(heard[1], "Expect"));
    CHECK(heard[1].ends_with("\r\n\r\nsome body"));
}

TEST_CASE("a digest login answers the challenge, and only the last head is told", "[http]") {
    std::vector<std::string> heard;
    loopback_server server([&](peer& client) {
        heard.push_back(client.read_until(head_end));
        client.send(answer_of("no", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\"\r\n",
                              "401 Unauthorized"));
        heard.push_back(client.read_until(head_end));
        client.send(answer_of("in"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port()),
                          .login = http_login::digest,
                          .username = "cdr",
                          .password = secret("pass")}));
    server.wait();
    CHECK(one.seen.succeeded());
    CHECK(one.seen.head_count == 1);
    CHECK(one.seen.body == "in");
    CHECK_FALSE(has(heard[0], "pass"));
    CHECK(has(heard[1], "Authorization: Digest username=\"cdr\""));
    CHECK(has(heard[1], "nonce=\"n1\""));
}

TEST_CASE("basic login and kept cookies are sent", "[http]") {
    std::vector<std::string> heard;
    loopback_server server([&](peer& client) {
        heard.push_back(client.read_until(head_end));
        client.send(answer_of("", "Set-Cookie: session=42; Path=/\r\n"));
        heard.push_back(client.read_until(head_end));
        client.send(answer_of(""));
    });
    loop home;
    http_client client(home, {.keeps_cookies = true});
    http_recorder seen(home, client);
    REQUIRE(seen.run({.url = url_of(server.port()),
                      .login = http_login::basic,
                      .username = "user",
                      .password = secret("pass")}));
    http_recorder other(home, client);
    REQUIRE(other.run({.url = url_of(server.port())}));
    server.wait();
    CHECK(has(heard[0], "Authorization: Basic dXNlcjpwYXNz\r\n"));
    CHECK(has(heard[1], "Cookie: session=42\r\n"));
    CHECK_FALSE(has(heard[1], "Authorization"));
}

TEST_CASE("a packed answer is unpacked, and bounded by its unpacked size", "[http]") {
    constexpr std::string_view letters(  // 1000 of a, packed
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05"
        "\xa3\x60\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00",
        29);
    const std::string body(letters);
    loopback_server server({.connection_count = 2}, [&](peer& client) {
        while (has(client.read_until(head_end), "Accept-Encoding: gzip\r\n"))
            client.send(answer_of(body, "Content-Encoding: gzip\r\n"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    CHECK(one.seen.succeeded());
    CHECK(one.seen.body == std::string(1000, 'a'));
    REQUIRE(one.seen.run({.url = url_of(server.port()), .answer_size_max = 999}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::too_large);
    CHECK(one.seen.body.size() <= 999);
}

TEST_CASE("a packed answer that was cut off is no answer", "[http]") {
    const std::string whole(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05"
        "\xa3\x60\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00",
        29);
    const std::size_t size = GENERATE(1U, 10U, 18U, 28U);
    loopback_server server([&](peer& client) {
        client.read_until(head_end);
        client.send(answer_of(whole.substr(0, size), "Content-Encoding: gzip\r\n"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::disconnected);
    CHECK(one.seen.what() == "the answer's gzip ended before its end");
}

TEST_CASE("a packed answer of several parts, with padding behind, is one", "[http]") {
    const std::string part(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x4c\x1c\x05"
        "\xa3\x60\x14\x0c\x77\x00\x00\x03\xda\x38\x9a\xe8\x03\x00\x00",
        29);
    loopback_server server([&](peer& client) {
        client.read_until(head_end);
        client.send(answer_of(part + part + std::string(3, '\0'), "Content-Encoding: x-gzip\r\n"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    CHECK(one.seen.succeeded());
    CHECK(one.seen.body == std::string(2000, 'a'));
}

TEST_CASE("a file is sent as a body, signed as S3 wants it", "[http]") {
    const temporary_directory directory;
    const std::string path = directory / "sound.wav";
    std::ofstream(path, std::ios::binary) << "sound";
    std::string heard;
    loopback_server server([&](peer& client) {
        heard = client.read_until(head_end);
        heard += client.read_size(5);
        client.send(answer_of(""));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port()),
                          .login = http_login::aws_v4,
                          .username = "AKID",
                          .password = secret("key"),
                          .signed_for = "aws:amz:eu-central-1:s3",
                          .body_file = path}));
    CHECK(one.seen.succeeded());
    CHECK(has(heard, "PUT / HTTP/1.1\r\n"));
    CHECK(heard.ends_with("\r\n\r\nsound"));
    CHECK(has(heard, "Content-Length: 5\r\n"));
    CHECK(has(heard, "Authorization: AWS4-HMAC-SHA256 Credential=AKID/"));
    CHECK(has(heard, "/eu-central-1/s3/aws4_request, SignedHeaders="));
    REQUIRE(one.seen.run({.url = url_of(server.port()), .body_file = path + ".gone"}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::not_found);
}

TEST_CASE("cookies that are kept can be told to another client", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("in",
                              "Set-Cookie: session=42; path=/; HttpOnly\r\n"
                              "Set-Cookie: b=c\r\n"));
    });
    loop home;
    http_client client(home, {.keeps_cookies = true});
    http_recorder one(home, client);
    CHECK(client.cookies().empty());
    REQUIRE(one.run({.url = url_of(server.port())}));
    const std::string told = client.cookies();
    CHECK(has(told, "session=42"));
    CHECK(has(told, "b=c"));
    CHECK(told.size() == std::string("session=42; b=c").size());
}

TEST_CASE("a call that is cancelled before it began can be started again", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("in"));
    });
    loop home;
    http_client client(home, {.keeps_cookies = true});
    http_recorder one(home, client);
    one.call.start({.url = url_of(server.port())});
    one.call.cancel();
    REQUIRE(one.run({.url = url_of(server.port())}));
    CHECK(one.succeeded());
    CHECK(one.body == "in");
}

TEST_CASE("an answer that says it is too large is refused before its body", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\nbegin");
        client.read_to_end();
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::too_large);
    CHECK(one.seen.what() == "the answer is larger than allowed");
    CHECK(one.seen.body.empty());
}

TEST_CASE("redirections are refused unless they are asked for", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("moved", "Location: /there\r\n", "302 Found"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::refused);
    CHECK(one.seen.call.detail() == "/there");
    CHECK(one.seen.head_count == 0);
}

TEST_CASE("a redirection that is asked for is followed", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("moved", "Location: /there\r\n", "302 Found"));
        client.read_until(head_end);
        client.send(answer_of("there"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port()), .redirect_count_max = 3}));
    CHECK(one.seen.succeeded());
    CHECK(one.seen.body == "there");
}

TEST_CASE("each way of failing has its own words", "[http]") {
    struct failing {
        std::string_view answer;
        errc code;
        std::string_view what;
    };
    const auto one = GENERATE(
        failing{"", errc::disconnected, "the peer closed the connection without an answer"},
        failing{"Asterisk Call Manager/1.1\r\n", errc::wrong_protocol,
                "the peer does not speak HTTP"},
        failing{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", errc::disconnected,
                "the answer ended before its end"},
        failing{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nhalf",
                errc::malformed, "the answer's compression is broken"});
    loopback_server server([&](peer& client) {
        client.read_until(head_end);
        client.send(one.answer);
    });
    plain_client asking;
    REQUIRE(asking.seen.run({.url = url_of(server.port())}));
    REQUIRE_FALSE(asking.seen.succeeded());
    CHECK(asking.seen.code() == one.code);
    CHECK(asking.seen.what() == one.what);
}

TEST_CASE("who cannot be reached is said to be so", "[http]") {
    const refusing_port refusing;
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(refusing.port())}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::unreachable);
    CHECK(one.seen.what() == "the peer refused the connection");
    REQUIRE(one.seen.run({.url = "http://nobody.invalid/"}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::unreachable);
    REQUIRE(one.seen.run({.url = "ftp://127.0.0.1/"}));
    REQUIRE_FALSE(one.seen.succeeded());
}

TEST_CASE("a peer that says nothing is given up, and how far it came is told", "[http]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        const std::string request = client.read_until(head_end);
        if (has(request, "GET /half"))
            client.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nha");
        client.read_to_end();
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port()), .total_timeout = milliseconds(50)}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.code() == errc::timeout);
    CHECK(one.seen.what() == "the peer did not answer in time");
    REQUIRE(
        one.seen.run({.url = url_of(server.port(), "/half"), .total_timeout = milliseconds(50)}));
    REQUIRE_FALSE(one.seen.succeeded());
    CHECK(one.seen.what() == "the answer did not end in time");
    CHECK(one.seen.body == "ha");
}

TEST_CASE("a receiver's refusal ends the call with its own error", "[http]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("body"));
    });
    plain_client one;
    one.seen.refusal_of_head = failure(errc::refused, "the login page came instead");
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    CHECK(one.seen.what() == "the login page came instead");
    one.seen.refusal_of_head = {};
    one.seen.refusal_of_body = failure(errc::full, "no room");
    REQUIRE(one.seen.run({.url = url_of(server.port())}));
    CHECK(one.seen.code() == errc::full);
}

TEST_CASE("calls end in any order, and from their own end", "[http]") {
    loopback_server server({.connection_count = 4}, [](peer& client) {
        while (!client.read_until(head_end).empty())
            client.send(answer_of("x"));
    });
    loop home;
    http_client client(home, {.connection_count_max = 1});
    auto first = std::make_unique<http_recorder>(home, client);
    auto waiting = std::make_unique<http_recorder>(home, client);
    http_recorder last(home, client);
    first->when_done = [&] {
        waiting.reset();  // while it waits for the connection
        last.call.start({.url = url_of(server.port())});
        first.reset();
    };
    waiting->call.start({.url = "http://localhost:1/"});  // its name may still be resolving
    first->call.start({.url = url_of(server.port())});
    CHECK(last.run_until([&] { return last.outcome.has_value(); }));
    CHECK(last.succeeded());
    CHECK(first == nullptr);
}

TEST_CASE("a client that is destroyed with calls under way leaves nothing behind", "[http]") {
    loopback_server server([](peer& client) { client.read_to_end(); });
    loop home;
    {
        http_client client(home, {});
        http_recorder named(home, client);
        http_recorder silent(home, client);
        named.call.start({.url = "http://nobody.invalid/"});
        silent.call.start({.url = url_of(server.port())});
        CHECK(silent.run_until([&] { return server.accepted_count() == 1; }));
    }
    home.run();  // ends: no handle is left
}

TEST_CASE("a part of what is there already is asked for by its range", "[http]") {
    std::string heard;
    loopback_server server([&](peer& client) {
        heard = client.read_until(head_end);
        client.send(answer_of("rest", "Content-Range: bytes 4-7/8\r\n", "206 Partial Content"));
    });
    plain_client one;
    REQUIRE(one.seen.run({.url = url_of(server.port()), .resume_at = 4}));
    server.wait();
    CHECK(one.seen.succeeded());
    CHECK(one.seen.status == 206);
    CHECK(has(heard, "Range: bytes=4-\r\n"));
    CHECK_FALSE(has(heard, "Accept-Encoding"));
}

TEST_CASE("a fetch collects an answer and can be asked again from its end", "[http]") {
    loopback_server server([](peer& client) {
        client.read_until(head_end);
        client.send(answer_of("one", "Content-Type: text/plain\r\n"));
        client.read_until(head_end);
        client.send(answer_of("two", {}, "404 Not Found"));
    });
    loop home;
    http_client client(home, {});
    http_fetch fetch(client);
    std::string first;
    bool ended = false;
    fetch.start({.url = url_of(server.port())}, [&](const result<void>& outcome) {
        CHECK(outcome.has_value());
        CHECK(fetch.content_type() == "text/plain");
        first = fetch.body();
        fetch.start({.url = url_of(server.port())}, [&](const result<void>& again) {
            CHECK(again.has_value());
            ended = true;
        });
    });
    http_recorder clock(home, client);
    REQUIRE(clock.run_until([&] { return ended; }));
    CHECK(first == "one");
    CHECK(fetch.body() == "two");
    CHECK(fetch.status() == 404);
}
