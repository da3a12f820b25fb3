#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "core/json_reader.h"
#include "tests/sources/ami_fixture.h"
#include "tests/support/capture.h"
#include "tests/support/certificates.h"
#include "tests/support/paths.h"

using namespace callstream;
using namespace callstream::test;
using sources::ami_login;
using std::chrono::milliseconds;

namespace {

struct sent_line {
    std::size_t received_before;  // bytes that had come when it was sent
    std::string bytes;
};

std::vector<sent_line> load_sent(const std::string& capture_name) {
    std::ifstream file(callstream::test::data_folder() / "asterisk" /
                       (capture_name + ".sent.jsonl"));
    std::vector<sent_line> lines;
    json_document document;
    for (std::string line; std::getline(file, line);) {
        const auto read = document.parse(line);
        REQUIRE(read.has_value());
        lines.push_back({static_cast<std::size_t>((*read)["after_rx"].number().value()),
                         std::string((*read)["data"].text())});
    }
    return lines;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t found = text.find(from);
    if (found != std::string::npos) text.replace(found, from.size(), to);
    return text;
}

// The recorded request with the ActionID that our client chose.
std::string as_sent(const std::string& recorded, const std::string& ours) {
    return replaced(recorded, header_of(recorded, "ActionID"), header_of(ours, "ActionID"));
}

}  // namespace

TEST_CASE("the recorded MD5 dialogue is spoken byte for byte", "[ami]") {
    const std::string name = "n2_login_md5" + std::string(GENERATE("", ".ast18", ".ast14"));
    const capture recorded = load_capture(name);
    const auto sent = load_sent(name);
    REQUIRE(sent.size() >= 2);
    std::vector<std::string> heard;
    loopback_server server([&](peer& client) {
        std::string rest(recorded.bytes());
        const std::size_t greeting_end = rest.find("\r\n") + 2;
        client.send(rest.substr(0, greeting_end));
        rest.erase(0, greeting_end);
        for (std::size_t i = 0; i < 2; ++i) {
            heard.push_back(client.read_until("\r\n\r\n"));
            const std::size_t size = rest.find("\r\n\r\n") + 4;
            client.send(as_sent(rest.substr(0, size), heard.back()));
            rest.erase(0, size);
        }
        client.send(rest.substr(0, rest.find("Response:")));  // the events behind the login
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.start(server.port());
    REQUIRE(pbx.run_until_connected());
    pbx.stop();
    server.wait();
    REQUIRE(heard.size() == 2);
    CHECK(heard[0] == as_sent(sent[0].bytes, heard[0]));
    CHECK(heard[1] == as_sent(sent[1].bytes, heard[1]));
    CHECK(header_of(heard[0], "ActionID") != header_of(heard[1], "ActionID"));
}

TEST_CASE("the recorded plain login is spoken byte for byte", "[ami]") {
    const std::string name = "n1_login_bad" + std::string(GENERATE("", ".ast18", ".ast14"));
    const auto sent = load_sent(name);
    std::string heard;
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        script.greet();
        heard = script.read_request();
        script.answer("Error", "Message: Authentication failed\r\n");
    });
    ami_fixture pbx;
    pbx.settings.login = ami_login::plain;
    pbx.settings.secret = secret("wrong");
    pbx.start(server.port());
    REQUIRE(pbx.run_until_failed());
    server.wait();
    CHECK(heard == as_sent(sent.at(0).bytes, heard));
}

TEST_CASE("a wrong secret is refused in the PBX's words, and not tried again soon", "[ami]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        scripted_pbx script(client);
        script.greet();
        script.read_request();
        script.answer("Success", "Challenge: 1\r\n");
        script.read_request();
        script.answer("Error", "Message: Authentication failed\r\n");
    });
    ami_fixture pbx;
    pbx.settings.backoff_refused = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until_failed());
    CHECK(pbx.client->status().failure == "the PBX refused the AMI login");
    CHECK(pbx.client->status().detail == "Authentication failed");
    CHECK_FALSE(pbx.client->connected());
    pbx.home.run_ready();
    CHECK(server.accepted_count() == 1);
    CHECK(pbx.events.all().empty());
}

TEST_CASE("a PBX without MD5 gets the plain secret over TLS only", "[ami]") {
    const bool with_tls = GENERATE(false, true);
    const certificate own({});
    std::vector<std::string> heard;
    server_settings serving;
    if (with_tls) serving = {.certificate_file = own.file(), .key_file = own.key_file()};
    loopback_server server(serving, [&](peer& client) {
        scripted_pbx script(client);
        script.greet();
        heard.push_back(script.read_request());
        script.answer("Error", "Message: Must specify AuthType\r\n");
        heard.push_back(script.read_request());
        script.answer("Success");
        client.read_to_end();
    });
    ami_fixture pbx;
    if (with_tls) pbx.settings.connection.tls = tls_settings{.verify = tls_verify::none};
    pbx.start(server.port());
    REQUIRE(pbx.run_until(
        [&] { return pbx.client->connected() || !pbx.client->status().failure.empty(); }));
    CHECK(pbx.client->connected() == with_tls);
    if (!with_tls)
        CHECK(pbx.client->status().failure ==
              "the PBX knows no MD5 login, and the plain secret needs TLS");
    pbx.stop();
    server.wait();
    REQUIRE(heard.size() == 2);
    CHECK(header_of(heard[1], "Secret") == (with_tls ? "Mon1t0r!Secret" : ""));
}

TEST_CASE("each peer that is no PBX fails in its own words", "[ami]") {
    const auto [sends, words] = GENERATE(table<std::string, std::string>({
        {"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP server answers on the AMI port"},
        {"SSH-2.0-OpenSSH_9.2p1\r\n", "an SSH server answers on the AMI port"},
        {"hello\r\n", "the AMI port greets with something else than AMI"},
        {"", "the PBX closed the connection before its greeting"},
        {"Asterisk Call Manager/1.1\r\n", "the PBX closed the connection during the login"},
    }));
    const std::string bytes = sends;
    loopback_server server([&](peer& client) { client.send(bytes); });
    ami_fixture pbx;
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until_failed());
    CHECK(pbx.client->status().failure == words);
}

TEST_CASE("a PBX that stays silent is a time-out that says where", "[ami]") {
    const std::string stage = GENERATE("greeting", "half a greeting", "challenge", "login");
    loopback_server server([&](peer& client) {
        scripted_pbx script(client);
        if (stage == "half a greeting") client.send("Asterisk Call");
        if (stage == "challenge" || stage == "login") script.greet();
        if (stage == "login") {
            script.read_request();
            script.answer("Success", "Challenge: 1\r\n");
        }
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.settings.login_timeout = milliseconds(30);
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until_failed());
    const std::string_view failure = pbx.client->status().failure;
    if (stage == "greeting")
        CHECK(failure == "the PBX took the connection and said nothing");
    else if (stage == "half a greeting")
        CHECK(failure == "the PBX did not end its greeting in time");
    else
        CHECK(failure == "the PBX did not answer the AMI login in time");
}

TEST_CASE("a PBX that cannot be reached says why", "[ami]") {
    const refusing_port refusing;
    ami_fixture pbx;
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    std::string words = "the peer refused the connection";
    SECTION("refused") {}
    SECTION("no such name") {
        pbx.settings.connection.host = "pbx.invalid";
        words = "the host name cannot be resolved";
    }
    pbx.start(refusing.port());
    REQUIRE(pbx.run_until_failed());
    CHECK(pbx.client->status().failure == words);
    CHECK_FALSE(pbx.client->status().detail.empty());
}

TEST_CASE("a peer without TLS is told from one whose certificate is bad", "[ami]") {
    const certificate own({});
    server_settings serving;
    std::string words = "the peer does not speak TLS";
    SECTION("no TLS") {}
    SECTION("self-signed") {
        serving = {.certificate_file = own.file(), .key_file = own.key_file()};
        words = "the peer's certificate is self-signed";
    }
    loopback_server server(serving, [](peer& client) {
        if (client.handshake_done()) return;
        client.send("Asterisk Call Manager/1.1\r\n");
        client.read_to_end();
    });
    ami_fixture pbx;
    pbx.settings.connection.tls.emplace();
    pbx.settings.backoff_first = pbx.settings.backoff_longest = std::chrono::hours(1);
    pbx.start(server.port());
    REQUIRE(pbx.run_until_failed());
    CHECK(pbx.client->status().failure == words);
}

TEST_CASE("a setting with a line end never reaches a socket", "[ami]") {
    ami_fixture pbx;
    const std::string forged = "on\r\nAction: Originate";
    const int which = GENERATE(0, 1, 2);
    if (which == 0) pbx.settings.username = forged;
    if (which == 1) pbx.settings.secret = secret(forged);
    if (which == 2) pbx.settings.event_mask = forged;
    const auto checked = check(pbx.settings);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == errc::bad_config);
    pbx.start(1);
    pbx.home.run();
    CHECK_FALSE(pbx.client->connected());
    CHECK(pbx.client->counters().connects == 0);
}
