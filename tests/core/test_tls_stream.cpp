#include <string>

#include <catch2/catch.hpp>

#include "core/stream.h"
#include "tests/core/stream_recorder.h"
#include "tests/support/certificates.h"
#include "tests/support/loopback_server.h"

using namespace callstream;
using namespace callstream::test;

namespace {

const certificate_wish authority_wish{.common_name = "our CA", .is_ca = true};

server_settings serving(const certificate& own) {
    return {.certificate_file = own.file(), .key_file = own.key_file()};
}

struct outcome {
    std::string received;
    error closed;
    std::string detail;
};

// Connects, sends "hello", and reads until the end.
outcome talk(const server_settings& settings, const tls_settings& wish,
             const std::string& host = "127.0.0.1") {
    loopback_server server(settings, [](peer& client) {
        if (!client.handshake_done()) return;
        if (client.read_size(5) == "hello") client.send("welcome");
    });
    loop home;
    stream_recorder seen(home);
    auto connect_to = loopback_settings(server.port());
    connect_to.host = host;
    connect_to.tls = wish;
    stream connection(home, connect_to, seen);
    seen.when_open = [&] { CHECK(connection.write("hello").has_value()); };
    connection.connect();
    const bool ended = seen.run_until_closed();
    if (!ended) connection.close({errc::timeout, "the test gave up"});
    home.run();
    return {seen.received, *seen.closed, connection.detail()};
}

}  // namespace

TEST_CASE("a certificate from the given CA that names the host is trusted", "[tls]") {
    const certificate authority(authority_wish);
    const certificate own({}, authority);
    const std::string host = GENERATE("127.0.0.1", "localhost");
    const outcome seen = talk(serving(own), {.ca_file = authority.file()}, host);
    INFO(seen.detail);
    CHECK(seen.received == "welcome");
    CHECK(seen.closed.code == errc::disconnected);
}

TEST_CASE("each certificate that cannot be trusted is refused in its own words", "[tls]") {
    const certificate authority(authority_wish);
    tls_settings wish{.ca_file = authority.file()};
    SECTION("expired") {
        const certificate own({.valid_from_days = -2, .valid_to_days = -1}, authority);
        const outcome seen = talk(serving(own), wish);
        CHECK(seen.closed.code == errc::tls);
        CHECK(seen.closed.what == "the peer's certificate has expired");
        CHECK_THAT(seen.detail, Catch::Contains("certificate has expired"));
    }
    SECTION("not valid yet") {
        const certificate own({.valid_from_days = 1, .valid_to_days = 2}, authority);
        CHECK(talk(serving(own), wish).closed.what == "the peer's certificate is not valid yet");
    }
    SECTION("self-signed") {
        const certificate own({});
        const outcome seen = talk(serving(own), wish);
        CHECK(seen.closed.code == errc::tls);
        CHECK(seen.closed.what == "the peer's certificate is self-signed");
        CHECK(seen.received.empty());
    }
    SECTION("of another CA") {
        const certificate stranger({.common_name = "their CA", .is_ca = true});
        const certificate own({}, stranger);
        CHECK(talk(serving(own), wish).closed.what == "the peer's certificate is not trusted");
    }
    SECTION("for another address") {
        const certificate own({.alternative_names = "IP:192.0.2.1"}, authority);
        CHECK(talk(serving(own), wish).closed.what == "the peer's certificate is for another host");
    }
    SECTION("for another name") {
        const certificate own({.alternative_names = "DNS:other.example"}, authority);
        CHECK(talk(serving(own), wish, "localhost").closed.what ==
              "the peer's certificate is for another host");
    }
    SECTION("for another name than the configured one") {
        const certificate own({}, authority);
        wish.server_name = "pbx.example";
        CHECK(talk(serving(own), wish).closed.what == "the peer's certificate is for another host");
    }
}

TEST_CASE("a configured server name is what the certificate must say", "[tls]") {
    const certificate authority(authority_wish);
    const certificate own({.alternative_names = "DNS:pbx.example"}, authority);
    const tls_settings wish{.ca_file = authority.file(), .server_name = "pbx.example"};
    CHECK(talk(serving(own), wish).received == "welcome");
}

TEST_CASE("a pinned certificate is trusted whatever it says, and no other", "[tls]") {
    const certificate own(
        {.alternative_names = "DNS:x", .valid_from_days = -2, .valid_to_days = -1});
    const certificate other({});
    tls_settings wish{.verify = tls_verify::pin};
    wish.pin_sha256 = own.fingerprint();
    CHECK(talk(serving(own), wish).received == "welcome");
    const outcome seen = talk(serving(other), wish);
    CHECK(seen.closed.code == errc::tls);
    CHECK(seen.closed.what == "the peer's certificate is not the pinned one");
    CHECK_THAT(seen.detail, Catch::Contains("its SHA-256 is "));
    CHECK(seen.received.empty());
}

TEST_CASE("a pin given beside full verification is checked too", "[tls]") {
    const certificate authority(authority_wish);
    const certificate own({}, authority);
    const tls_settings wish{.ca_file = authority.file(), .pin_sha256 = authority.fingerprint()};
    CHECK(talk(serving(own), wish).closed.what == "the peer's certificate is not the pinned one");
}

TEST_CASE("without verification any certificate will do", "[tls]") {
    const certificate own({.valid_from_days = -2, .valid_to_days = -1});
    CHECK(talk(serving(own), {.verify = tls_verify::none}).received == "welcome");
}

TEST_CASE("a peer without TLS is told from a bad certificate", "[tls]") {
    loopback_server server([](peer& client) {
        client.send("Asterisk Call Manager/12.0.0\r\n");
        client.read_to_end();
    });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.tls = tls_settings{.verify = tls_verify::none};
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::wrong_protocol);
    CHECK(seen.closed->what == "the peer does not speak TLS");
    CHECK(seen.open_count == 0);
}

TEST_CASE("a peer that hangs up inside the handshake is a TLS failure", "[tls]") {
    loopback_server server([](peer& client) { client.read_size(1); });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.tls = tls_settings{.verify = tls_verify::none};
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::tls);
}

TEST_CASE("a peer that never answers the handshake is a time-out", "[tls]") {
    loopback_server server([](peer& client) { client.read_to_end(); });
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(server.port());
    settings.tls = tls_settings{.verify = tls_verify::none};
    settings.connect_timeout = std::chrono::milliseconds(50);
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::timeout);
    CHECK(seen.closed->what == "the peer did not answer the TLS handshake");
}

TEST_CASE("our own certificate is shown to a peer that asks for one", "[tls]") {
    const certificate authority(authority_wish);
    const certificate theirs({}, authority);
    const certificate ours({}, authority);
    auto settings = serving(theirs);
    settings.client_ca_file = authority.file();
    tls_settings wish{.ca_file = authority.file()};
    const outcome refused = talk(settings, wish);
    CHECK(refused.closed.code == errc::tls);
    CHECK_THAT(refused.detail, Catch::Contains("certificate required"));
    wish.certificate_file = ours.file();
    wish.key_file = ours.key_file();
    CHECK(talk(settings, wish).received == "welcome");
}

TEST_CASE("wrong TLS settings are the operator's to mend", "[tls]") {
    const certificate own({});
    loop home;
    stream_recorder seen(home);
    auto settings = loopback_settings(1);
    settings.tls.emplace();
    std::string expected = "/nowhere/ca.pem";
    SECTION("a CA file that is not there") {
        settings.tls->ca_file = expected;
    }
    SECTION("a certificate that is not there") {
        settings.tls->certificate_file = expected = "/nowhere/certificate.pem";
    }
    SECTION("a key that is not there") {
        settings.tls->certificate_file = own.file();
        settings.tls->key_file = expected = "/nowhere/key.pem";
    }
    SECTION("a pin that is no digest") {
        settings.tls->verify = tls_verify::pin;
        settings.tls->pin_sha256 = "ab:cd";
        expected = "64 hex digits";
    }
    SECTION("no pin at all") {
        settings.tls->verify = tls_verify::pin;
        expected = "64 hex digits";
    }
    stream connection(home, settings, seen);
    connection.connect();
    REQUIRE(seen.run_until_closed());
    CHECK(seen.closed->code == errc::bad_config);
    CHECK_THAT(connection.detail(), Catch::Contains(expected));
}

TEST_CASE("megabytes pass TLS both ways unchanged", "[tls]") {
    const certificate own({});
    std::string bytes(5'000'000, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i * 31 % 251);
    std::string heard;
    loopback_server server(serving(own), [&](peer& client) {
        heard = client.read_size(bytes.size());
        client.send(heard);
    });
    loop home;
    stream_recorder seen(home);
    seen.space_size = 1000;
    auto settings = loopback_settings(server.port());
    settings.tls = tls_settings{.verify = tls_verify::none};
    stream connection(home, settings, seen);
    seen.when_open = [&] {
        const std::string_view all = bytes;
        const std::vector<std::string_view> parts{all.substr(0, 10), all.substr(10, 100'000),
                                                  all.substr(100'010)};
        CHECK(connection.write(parts).has_value());
    };
    connection.connect();
    REQUIRE(seen.run_until_closed());
    server.wait();
    CHECK((heard == bytes));
    CHECK((seen.received == bytes));
}
