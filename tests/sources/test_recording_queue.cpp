#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/sources/recording_queue_fixture.h"
#include "tests/sources/tar_entry.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

TEST_CASE("a recording is stored, and told with its size and checksum", "[recordings]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", sound.size()) + sound);
    });
    queue_fixture one;
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    const event& told = one.events.all().front();
    CHECK(told.type == event_type::recording_available);
    CHECK(told.subject == "7.1");
    const auto& data = data_of<recording_data>(told);
    CHECK(data.file == "a.wav");
    CHECK(data.format == "wav");
    CHECK(data.path == one.path());
    CHECK(data.size == 200'000);
    CHECK(data.checksum.size() == 64);
    CHECK(content_of(one.path()) == sound);
    CHECK(one.queue->counters().stored == 1);
    CHECK(one.batch_count == 1);
}

TEST_CASE("a download that broke off goes on where the server allows it", "[recordings]") {
    const bool allows = GENERATE(true, false);
    std::string range;
    loopback_server server({.connection_count = 2}, [&](peer& client) {
        const std::string request = client.read_until("\r\n\r\n");
        const std::size_t at = request.find("Range: bytes=");
        if (at == std::string::npos) {
            client.send(answer_of("200 OK", {}, sound.size()) + sound.substr(0, 150'000));
            return;
        }
        range = request.substr(at + 13, request.find('\r', at) - at - 13);
        const std::size_t from = allows ? std::stoul(range) : 0;
        client.send(
            answer_of(allows ? "206 Partial Content" : "200 OK",
                      allows ? "Content-Range: bytes " + std::to_string(from) + "-199999/200000\r\n"
                             : std::string(),
                      sound.size() - from) +
            sound.substr(from));
    });
    queue_fixture one;
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    server.wait();
    CHECK(std::stoul(range) > 0);
    CHECK(one.queue->counters().retried == 1);
    CHECK(content_of(one.path()) == sound);
    CHECK(data_of<recording_data>(one.events.all().front()).size == 200'000);
}

TEST_CASE("what is not a recording is never stored as one", "[recordings]") {
    struct answering {
        std::string answer;
        std::string_view reason;
    };
    const std::string message = R"({"status":"Failed","errno":"10001"})";
    const auto wrong = GENERATE_COPY(
        answering{
            answer_of("200 OK", "Content-Type: application/json\r\n", message.size()) + message,
            "the PBX answered with a message instead of the recording"},
        answering{answer_of("404 Not Found", {}, 0), "the PBX has no such recording"},
        answering{answer_of("403 Forbidden", {}, 0), "the PBX refused the recording"},
        answering{answer_of("200 OK", {}, 0), "the PBX answered with an empty recording"},
        answering{answer_of("200 OK", {}, 300'001), "the answer is larger than allowed"});
    loopback_server server({.connection_count = 3}, [&](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(wrong.answer);
    });
    queue_fixture one;
    one.settings.limits.size_max = 300'000;
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    const event& told = one.events.all().front();
    CHECK(told.type == event_type::system_status);
    const auto& data = data_of<system_data>(told);
    CHECK(data.component == "recording");
    CHECK(data.status == "failed");
    REQUIRE(data.values.size() == 2);
    CHECK(data.values[0].value == "a.wav");
    CHECK(data.values[1].value == wrong.reason);
    CHECK_FALSE(std::filesystem::exists(one.path()));
    CHECK(one.queue->counters().failed == 1);
    CHECK(server.accepted_count() == 3);
}

TEST_CASE("recordings wait until the PBX can be asked", "[recordings]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", {}, 1) + "s");
    });
    queue_fixture one;
    one.place.is_ready = false;
    one.start(url_of(server));
    one.add();
    one.queue->add({.pbx = "branch", .call_id = "7.2", .file = "b.wav", .time = now()});
    for (int i = 0; i < 3; ++i)
        one.home.run_ready();
    CHECK(one.queue->waiting_count() == 2);
    one.place.is_ready = true;
    one.queue->on_ready();
    REQUIRE(one.run_until_told());
    REQUIRE(one.run_until_told());
    CHECK(one.queue->waiting_count() == 0);
    CHECK(one.queue->counters().stored == 2);
}

TEST_CASE("what waits when callstream ends is fetched by the next", "[recordings]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        client.send("HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 4\r\n\r\ndata");
    });
    kept_values kept;
    {
        queue_fixture first;
        first.place.is_ready = false;
        first.start(url_of(server));
        first.queue->add({.pbx = "branch", .call_id = "7 1", .leg_id = "", .file = "a b.wav"});
        first.add();
        kept = first.kept;
        REQUIRE(kept.values.size() == 2);
        kept.values.erase("recording.1");
    }
    queue_fixture second;
    second.kept = kept;
    second.start(url_of(server));
    for (const auto& [name, value] : kept.values)
        CHECK(second.queue->restore(name, value));
    REQUIRE(second.run_until_told());
    CHECK(second.events.count_of(event_type::recording_available) == 1);
    CHECK(std::filesystem::exists(second.path()));
    CHECK(second.kept.values.empty());
    for (const char* const bad : {"", "7", "7 1 a", "7 3 abc 0  5 a.wa", "x 1 a 0  1 b"})
        CHECK_FALSE(second.queue->restore("recording.9", bad));
    CHECK_FALSE(second.queue->restore("recording.", "7 1 a 0  1 b"));
    CHECK_FALSE(second.queue->restore("view", "7 1 a 0  1 b"));
    CHECK(second.queue->restore("recording.9", "7 1 a 0  1 b"));
}

TEST_CASE("a queue that stops under a download leaves its part", "[recordings]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", {}, sound.size()) + sound.substr(0, 1000));
        client.read_to_end();
    });
    queue_fixture one;
    one.start(url_of(server));
    one.add();
    bool late = false;
    timer guard(one.home, [&late] { late = true; });
    guard.start(std::chrono::seconds(10));
    timer look(one.home, [] {});
    look.repeat(milliseconds(1));
    while (!late && content_of(one.path() + ".part").size() < 1000)
        one.home.run_once();
    CHECK_FALSE(late);
    look.stop();
    guard.stop();
    one.queue->stop();
    CHECK(content_of(one.path() + ".part") == sound.substr(0, 1000));
    CHECK(one.events.all().empty());
}

TEST_CASE("a recording whose name lacks its end is stored under the one in its tar",
          "[recordings]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        const std::string tar = tar_entry("20210422-205-204.wav", "sound") + std::string(1024, 0);
        client.send(answer_of("200 OK", "Content-Type: application/x-tar\r\n", tar.size()) + tar);
    });
    queue_fixture one;
    one.start(url_of(server));
    one.place.member = "20210422-205-204.wav";
    one.queue->add({.pbx = "branch",
                    .call_id = "7.1",
                    .file = "/media/usbStorage/monitor/20210422/20210422-205-204",
                    .time = now()});
    REQUIRE(one.run_until_told());
    const auto& data = data_of<recording_data>(one.events.all().front());
    CHECK(data.file == "20210422-205-204.wav");
    CHECK(data.format == "wav");
    CHECK(data.path == one.directory / "branch/7.1-20210422-205-204.wav");
    CHECK(content_of(one.directory / "branch/7.1-20210422-205-204.wav") == "sound");
}
