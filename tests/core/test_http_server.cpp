#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/http_access.h"
#include "core/http_server.h"
#include "core/stream.h"
#include "tests/core/http_client.h"
#include "tests/core/stream_recorder.h"
#include "tests/support/certificates.h"

using namespace callstream;
using namespace callstream::test;

namespace {

// Echoes bodies at the end of the turn, newest request first: the order of the answers is the
// server's work. Paths tell it what to do.
struct echo final : http_handler {
    http_verdict on_head(const http_head& head, const socket_address&) override {
        paths.emplace_back(head.path);
        if (head.path == "/refused") return {.refusal = http_answer{503, "full\n"}};
        return {.body_size_max = 100'000, .route = head.path == "/slow" ? 1U : 0U};
    }
    void on_request(const http_request& request) override {
        bodies.emplace_back(request.body);
        if (request.route == 1)
            held.push_back(request.ticket);
        else
            due.emplace_back(request.ticket, request.body);
    }
    void on_batch() override {
        for (auto each = due.rbegin(); each != due.rend(); ++each)
            server->answer(each->first, {200, each->second});
        due.clear();
    }

    http_server* server = nullptr;
    std::vector<std::string> paths;
    std::vector<std::string> bodies;
    std::vector<std::pair<http_ticket, std::string>> due;
    std::vector<http_ticket> held;
};

struct serving {
    explicit serving(http_server_settings settings = {})
        : server(home, slabs, with_port(settings), handler) {
        handler.server = &server;
        REQUIRE(server.start().has_value());
    }
    ~serving() {
        server.stop();
        server.stop();
        while (!server.closed())
            home.run_once();
    }
    static http_server_settings with_port(http_server_settings settings) {
        if (settings.tls)
            settings.listen_secure = {{"127.0.0.1", 0}};
        else
            settings.listen = {{"127.0.0.1", 0}};
        return settings;
    }
    std::uint16_t port() const { return server.ports().front(); }

    loop home;
    slab_pool slabs;
    echo handler;
    http_server server;
};

std::string post(const std::string& body, const std::string& headers = "") {
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

constexpr const char* chunked_post =
    "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    "3;note=x\r\nabc\r\n4\r\ndefg\r\n0\r\nTrailer: t\r\n\r\n";

// All answers to `bytes` on one connection, which the server ended unless `ended` is said false.
std::string answer_to(const std::string& bytes) {
    serving here;
    http_client client(here.home, here.port());
    client.send(bytes);
    return client.read_to_end();
}

struct bad_request {
    const char* what;
    std::string bytes;
    const char* status;
    const char* reason;
};

const std::string host = "Host: a\r\n";

std::vector<bad_request> bad_lengths() {
    return {
        {"not HTTP", "\x16\x03\x01\x02", "400", "no HTTP request begins like this"},
        {"two lengths",
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "400",
         "the length is no number or said twice"},
        {"one length twice",
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", "400",
         "the length is said twice"},
        {"list of lengths", "POST / HTTP/1.1\r\n" + host + "Content-Length: 1, 2\r\n\r\n", "400",
         "length"},
        {"negative length", "POST / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n", "400",
         "length"},
        {"length with sign", "POST / HTTP/1.1\r\n" + host + "Content-Length: +1\r\n\r\n", "400",
         "length"},
        {"huge length",
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n", "400",
         "length"},
        {"length and coding",
         "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
         "400", "transfer coding"},
        {"coding and length",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
         "400", "length"},
        {"other coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: gzip\r\n\r\n", "400",
         "chunked"},
        {"hidden coding", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n",
         "400", "chunked"},
    };
}

std::vector<bad_request> bad_forms() {
    return {
        {"space before colon", "POST / HTTP/1.1\r\n" + host + "Content-Length : 3\r\n\r\n", "400",
         "name is no token"},
        {"folded header", "POST / HTTP/1.1\r\n" + host + "X: a\r\n b\r\n\r\n", "400", "folded"},
        {"bare line feed", "POST / HTTP/1.1\nHost: a\n\n", "400", ""},
        {"bare line feed in the head", "POST / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "400", ""},
        {"no path", "POST  HTTP/1.1\r\n" + host + "\r\n", "400", "path (byte 5)"},
        {"version", "POST / HTTP/2.0\r\n" + host + "\r\n", "400", "version"},
        {"version twice", "POST / HTTP/1.1 HTTP/1.1\r\n" + host + "\r\n", "400", "(byte 7)"},
        {"no host", "POST / HTTP/1.1\r\n\r\n", "400", "Host"},
        {"two hosts", "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", "host"},
        {"control character",
         "POST / HTTP/1.1\r\n" + host +
             "X: a\x01"
             "b\r\n\r\n",
         "400", "control"},
        {"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
         "HTTP/1.0"},
        {"expectation", "POST / HTTP/1.1\r\n" + host + "Expect: more\r\n\r\n", "417",
         "100-continue"},
        {"chunk size", "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
         "400", "chunk"},
        {"huge chunk",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
         "413", "large"},
        {"chunk without end",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", "400",
         "chunk"},
        {"chunk line",
         "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n1;" +
             std::string(9000, 'x'),
         "400", "chunk"},
        {"body", "POST / HTTP/1.1\r\n" + host + "Content-Length: 100001\r\n\r\n", "413", "large"},
        {"head", "POST / HTTP/1.1\r\nX: " + std::string(20'000, 'x'), "431", "head is too large"},
    };
}

}  // namespace

TEST_CASE("requests on one connection are answered in their order", "[http]") {
    serving here;
    http_client client(here.home, here.port());
    client.send(post("one") + post("two") + chunked_post + post("four"));
    client.read(4);
    CHECK(here.handler.bodies == std::vector<std::string>{"one", "two", "abcdefg", "four"});
    const std::string& all = client.received;
    CHECK(all.find("one") < all.find("two"));
    CHECK(all.find("two") < all.find("abcdefg"));
    CHECK(all.find("abcdefg") < all.find("four"));
    CHECK_FALSE(client.ended());
}

TEST_CASE("where the bytes were cut does not change the requests", "[http]") {
    const std::string bytes = post("one") + chunked_post + "\r\n" + post("three");
    const auto step = GENERATE(1U, 2U, 3U, 7U, 50U);
    serving here;
    http_client client(here.home, here.port());
    for (std::size_t at = 0; at < bytes.size(); at += step)
        client.send(std::string_view(bytes).substr(at, step));
    client.read(3);
    CHECK(here.handler.bodies == std::vector<std::string>{"one", "abcdefg", "three"});
}

TEST_CASE("more pipelined requests than may wait are all answered", "[http]") {
    serving here;
    http_client client(here.home, here.port());
    std::string bytes;
    for (int i = 0; i < 100; ++i)
        bytes += post("body " + std::to_string(i));
    client.send(bytes);
    client.read(100);
    CHECK(here.handler.bodies.size() == 100);
    CHECK(client.answer_count() == 100);
    CHECK(client.received.ends_with("body 99"));
}

TEST_CASE("a client that asks whether to go on is told so before its body", "[http]") {
    serving here;
    http_client client(here.home, here.port());
    client.send("POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    client.read_until([&] { return !client.received.empty(); });
    CHECK(client.received == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("body");
    CHECK(client.read(1).ends_with("body"));

    http_client refused(here.home, here.port());
    refused.send(
        "POST /refused HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    CHECK(refused.read_to_end().starts_with("HTTP/1.1 503 "));
}

TEST_CASE("a refused request's small body is passed over and the connection goes on", "[http]") {
    serving here;
    http_client client(here.home, here.port());
    client.send("POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
    CHECK(client.read(1).starts_with("HTTP/1.1 503 "));
    client.send("body" + post("next"));
    CHECK(client.read(2).ends_with("next"));
    CHECK(here.handler.bodies == std::vector<std::string>{"next"});
}

TEST_CASE("a path may stand behind the server's own name, as clients of proxies write it",
          "[http]") {
    const std::string rest = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    CHECK(answer_to("POST http://a:8260/refused" + rest).starts_with("HTTP/1.1 503 "));
    CHECK(answer_to("POST http://a:8260" + rest).starts_with("HTTP/1.1 200 "));
    CHECK(answer_to("POST /x?http://a/refused" + rest).starts_with("HTTP/1.1 200 "));
}

TEST_CASE("the end of the connection is as the request and its version say", "[http]") {
    CHECK(answer_to(post("x", "Connection: close\r\n")).find("Connection: close") !=
          std::string::npos);
    CHECK(answer_to("POST /x HTTP/1.0\r\nContent-Length: 1\r\n\r\nx").ends_with("x"));
}

TEST_CASE("an answer that comes late goes to a client that only ended its side", "[http]") {
    serving here;
    http_client client(here.home, here.port());
    client.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    client.end();
    client.read_until([&] {
        return !here.handler.held.empty() && !here.server.is_heard(here.handler.held.front());
    });
    REQUIRE(here.handler.held.size() == 1);
    CHECK_FALSE(here.server.answer(here.handler.held.front(), {200, "late"}));
    CHECK(client.read_to_end().ends_with("late"));
}

TEST_CASE("a bad request has its status and reason, and ends its connection alone", "[http]") {
    auto all = bad_lengths();
    for (const bad_request& each : bad_forms())
        all.push_back(each);
    const bad_request bad = GENERATE_COPY(from_range(all));
    INFO(bad.what);
    serving here;
    http_client other(here.home, here.port());
    http_client client(here.home, here.port());
    client.send(bad.bytes + post("smuggled"));
    const std::string& said = client.read_to_end();
    CHECK(said.starts_with("HTTP/1.1 " + std::string(bad.status) + ' '));
    CHECK(said.find(bad.reason) != std::string::npos);
    CHECK(said.find("(byte ") != std::string::npos);
    CHECK(client.ended());
    CHECK(here.handler.bodies.empty());
    other.send(post("fine"));
    CHECK(other.read(1).ends_with("fine"));
}

TEST_CASE("too many headers are refused", "[http]") {
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 0; i < 100; ++i)
        bytes += "X: y\r\n";
    CHECK(answer_to(bytes + "\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_CASE("what stays incomplete is answered 408, an idle connection is closed", "[http]") {
    http_server_settings impatient;
    impatient.head_timeout = impatient.request_timeout = impatient.idle_timeout =
        std::chrono::milliseconds(20);
    serving here(impatient);
    http_client head(here.home, here.port());
    http_client body(here.home, here.port());
    http_client idle(here.home, here.port());
    head.send("POST / HT");
    body.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbo");
    CHECK(head.read_to_end().starts_with("HTTP/1.1 408 "));
    CHECK(body.read_to_end().starts_with("HTTP/1.1 408 "));
    CHECK(idle.read_to_end().empty());
    CHECK(idle.ended());
    CHECK(here.slabs.free_count() == here.slabs.slab_count());
}

TEST_CASE("connections over a limit are told so", "[http]") {
    http_server_settings few;
    few.connection_count_max = 2;
    serving here(few);
    http_client first(here.home, here.port());
    http_client second(here.home, here.port());
    http_client third(here.home, here.port());
    CHECK(third.read_to_end().starts_with("HTTP/1.1 503 "));
    CHECK(third.received.find("Retry-After: 5") != std::string::npos);
    first.send(post("fine"));
    CHECK(first.read(1).ends_with("fine"));

    http_server_settings alone;
    alone.address_connection_count_max = 1;
    serving there(alone);
    http_client one(there.home, there.port());
    http_client two(there.home, there.port());
    CHECK(two.read_to_end().starts_with("HTTP/1.1 429 "));
}

TEST_CASE("HTTPS serves whom its settings allow, and loads its certificate again", "[http][tls]") {
    const certificate authority(certificate_wish{.common_name = "our CA", .is_ca = true});
    const certificate own({}, authority);
    const certificate client_own({.common_name = "a PBX"}, authority);
    http_server_settings secure;
    secure.tls.emplace();
    secure.tls->certificate_file = own.file();
    secure.tls->key_file = own.key_file();
    secure.tls->client_ca_file = authority.file();
    secure.tls->client = GENERATE(client_certificate::none, client_certificate::required);
    const bool shows = GENERATE(false, true);
    serving here(secure);
    here.server.reload();

    stream_settings to = loopback_settings(here.port());
    to.tls = tls_settings{.ca_file = authority.file()};
    if (shows) {
        to.tls->certificate_file = client_own.file();
        to.tls->key_file = client_own.key_file();
    }
    stream_recorder seen(here.home);
    stream connection(here.home, to, seen);
    seen.when_open = [&] {
        static_cast<void>(connection.write(post("secret", "Connection: close\r\n")));
    };
    connection.connect();
    REQUIRE(seen.run_until_closed());
    const bool served = secure.tls->client == client_certificate::none || shows;
    CHECK(seen.received.ends_with("secret") == served);
}
