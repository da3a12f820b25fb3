#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/core/http_recorder.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::test;

namespace {

void answer_once(peer& client) {
    if (!client.handshake_done()) return;
    client.read_until("\r\n\r\n");
    client.send(answer_of("secured"));
}

// Asks a server with `shown` and keeps what came of it.
struct tls_question {
    tls_question(const certificate& shown, const tls_settings& tls,
                 const std::string& host = "127.0.0.1")
        : server({.certificate_file = shown.file(), .key_file = shown.key_file()}, answer_once),
          client(home, {.tls = tls}),
          seen(home, client) {
        answered = seen.run({.url = "https://" + host + ":" + std::to_string(server.port()) + "/"});
    }

    loopback_server server;
    loop home;
    http_client client;
    http_recorder seen;
    bool answered = false;
};

const certificate& self_signed() {
    static const certificate made(certificate_wish{});
    return made;
}

}  // namespace

TEST_CASE("a certificate that a given CA vouches for is trusted", "[http]") {
    const certificate authority({.common_name = "CA", .is_ca = true});
    const certificate shown({}, authority);
    const tls_question asked(shown, {.ca_file = authority.file()});
    REQUIRE(asked.answered);
    CHECK(asked.seen.succeeded());
    CHECK(asked.seen.body == "secured");
}

TEST_CASE("a pinned certificate needs no authority, and nothing else will do", "[http]") {
    const tls_question asked(
        self_signed(), {.verify = tls_verify::pin, .pin_sha256 = self_signed().fingerprint()});
    REQUIRE(asked.answered);
    CHECK(asked.seen.succeeded());
    const tls_question other(self_signed(),
                             {.verify = tls_verify::pin, .pin_sha256 = std::string(64, 'a')});
    REQUIRE(other.answered);
    REQUIRE_FALSE(other.seen.succeeded());
    CHECK(other.seen.code() == errc::tls);
    CHECK(other.seen.what() == "the peer's certificate is not the pinned one");
    CHECK(other.seen.call.detail().starts_with("its SHA-256 is "));
}

TEST_CASE("a certificate that nobody vouches for is refused by default", "[http]") {
    const tls_question asked(self_signed(), {});
    REQUIRE(asked.answered);
    REQUIRE_FALSE(asked.seen.succeeded());
    CHECK(asked.seen.code() == errc::tls);
    CHECK(asked.seen.what() == "the peer's certificate is self-signed");
    const tls_question careless(self_signed(), {.verify = tls_verify::none});
    REQUIRE(careless.answered);
    CHECK(careless.seen.succeeded());
}

TEST_CASE("expired certificates and those of another host are refused", "[http]") {
    const certificate authority({.common_name = "CA", .is_ca = true});
    const certificate expired({.valid_from_days = -3, .valid_to_days = -1}, authority);
    const tls_question late(expired, {.ca_file = authority.file()});
    REQUIRE(late.answered);
    REQUIRE_FALSE(late.seen.succeeded());
    CHECK(late.seen.what() == "the peer's certificate has expired");

    const certificate other({.alternative_names = "DNS:pbx.example"}, authority);
    const tls_question wrong(other, {.ca_file = authority.file()});
    REQUIRE(wrong.answered);
    REQUIRE_FALSE(wrong.seen.succeeded());
    CHECK(wrong.seen.what() == "the peer's certificate is for another host");
    const tls_question named(other, {.ca_file = authority.file(), .server_name = "pbx.example"});
    REQUIRE(named.answered);
    CHECK(named.seen.succeeded());
    const tls_question misnamed(other,
                                {.ca_file = authority.file(), .server_name = "pbx2.example"});
    REQUIRE(misnamed.answered);
    REQUIRE_FALSE(misnamed.seen.succeeded());
    CHECK(misnamed.seen.what() == "the peer's certificate is for another host");
}

TEST_CASE("a CA file that was replaced counts for each further connection", "[http]") {
    const certificate authority({.common_name = "CA", .is_ca = true});
    const certificate another({.common_name = "CA", .is_ca = true});
    const certificate shown({}, authority);
    const auto answer = [](peer& to) {
        if (!to.handshake_done()) return;
        to.read_until("\r\n\r\n");
        to.send(answer_of("secured", "Connection: close\r\n"));
    };
    loopback_server server(
        {.certificate_file = shown.file(), .key_file = shown.key_file(), .connection_count = 2},
        answer);
    loop home;
    http_client client(home, {.tls = {.ca_file = authority.file()}});
    http_recorder seen(home, client);
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    REQUIRE(seen.run({.url = url}));
    REQUIRE(seen.succeeded());
    std::filesystem::copy_file(another.file(), authority.file(),
                               std::filesystem::copy_options::overwrite_existing);
    REQUIRE(seen.run({.url = url}));
    REQUIRE_FALSE(seen.succeeded());
    CHECK(seen.code() == errc::tls);
}

TEST_CASE("a peer without TLS, and a CA file that is not there, are told apart", "[http]") {
    loopback_server plain([](peer& client) {
        client.read_size(5);
        client.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    loop home;
    http_client client(home, {});
    http_recorder seen(home, client);
    REQUIRE(seen.run({.url = "https://127.0.0.1:" + std::to_string(plain.port()) + "/"}));
    REQUIRE_FALSE(seen.succeeded());
    CHECK(seen.code() == errc::wrong_protocol);

    const tls_question asked(self_signed(), {.ca_file = "/nowhere/ca.pem"});
    REQUIRE(asked.answered);
    REQUIRE_FALSE(asked.seen.succeeded());
    CHECK(asked.seen.code() == errc::bad_config);
}
