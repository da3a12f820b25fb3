#include <atomic>
#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "tests/sources/recording_queue_fixture.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

TEST_CASE("without room all recordings wait, which costs none a try, and go on with it",
          "[recordings]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
    });
    queue_fixture one;
    one.settings.limits.kept_max = 10;
    one.settings.try_count_max = 1;
    const std::string in_the_way = one.directory / "old.wav";
    std::ofstream(in_the_way) << std::string(10, 'o');
    one.start(url_of(server));
    one.add();
    one.queue->add({.pbx = "branch", .call_id = "7.2", .file = "b.wav", .time = now()});
    REQUIRE(one.run_until_told());
    const event& told = one.events.all().front();
    CHECK(told.type == event_type::system_status);
    CHECK(data_of<system_data>(told).status == "waiting");
    CHECK(data_of<system_data>(told).values[1].value ==
          "the recordings take as much room as they may");
    CHECK(one.queue->counters().no_room >= 1);
    CHECK(one.queue->counters().failed == 0);
    CHECK(one.queue->waiting_count() == 2);
    std::filesystem::remove(in_the_way);
    while (one.queue->counters().stored < 2)
        REQUIRE(one.run_until_told());
    CHECK(data_of<system_data>(one.events.all()[1]).status == "ok");
    CHECK(one.events.count_of(event_type::recording_available) == 2);
    CHECK(one.queue->waiting_count() == 0);
    CHECK(one.queue->counters().retried == 0);
}

TEST_CASE("a recording goes on to the bucket, and is not fetched again when that failed",
          "[recordings]") {
    int put_count = 0;
    int get_count = 0;
    loopback_server server({.connection_count = 3}, [&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        if (head.starts_with("GET")) {
            ++get_count;
            return client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
        }
        ++put_count;
        client.read_size(4);
        client.send(answer_of(put_count == 1 ? "503 Slow Down" : "200 OK", {}, 0));
    });
    queue_fixture one;
    one.settings.bucket = bucket_at(server.port());
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    const auto& data = data_of<recording_data>(one.events.all().front());
    CHECK(data.path == "s3://sounds/branch/7.1-a.wav");
    CHECK(data.size == 4);
    CHECK(data.checksum.size() == 64);
    CHECK(one.queue->counters().retried == 1);
    server.wait();
    CHECK(get_count == 1);
    CHECK(put_count == 2);
    CHECK_FALSE(std::filesystem::exists(one.path()));
}

TEST_CASE("what waits for the bucket only goes on while there is no room, which makes room",
          "[recordings]") {
    std::atomic<bool> bucket_is_up = false;
    std::atomic<int> get_count = 0;
    std::atomic<int> refused_count = 0;
    loopback_server server({.connection_count = 1000}, [&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        if (head.starts_with("GET")) {
            ++get_count;
            return client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
        }
        client.read_size(4);
        if (!bucket_is_up) ++refused_count;
        client.send(answer_of(bucket_is_up ? "200 OK" : "403 Forbidden", {}, 0));
    });
    queue_fixture one;
    one.settings.limits.kept_max = 8;
    one.settings.limits.size_max = 8;
    one.settings.try_count_max = 2;
    one.settings.bucket = bucket_at(server.port());
    one.start(url_of(server));
    for (const char* const id : {"1", "2", "3", "4"})
        one.queue->add({.pbx = "branch", .call_id = id, .file = "a.wav", .time = now()});
    REQUIRE(one.run_until_told());
    CHECK(data_of<system_data>(one.events.all().front()).status == "waiting");
    REQUIRE(one.run_until([&] { return refused_count > 4; }));
    CHECK(one.queue->counters().failed == 0);
    CHECK(get_count == 2);
    CHECK(one.kept.count_ending(" kept") == 2);
    // The first that needs room waits longest, and stays so when callstream begins anew.
    const auto kept = one.kept;
    one.queue->stop();
    bucket_is_up = true;
    one.start(url_of(server));
    for (const auto& [name, value] : kept.values)
        CHECK(one.queue->restore(name, value));
    while (one.queue->counters().stored < 4)
        REQUIRE(one.run_until_told());
    CHECK(one.queue->counters().failed == 0);
    CHECK(get_count == 4);
    CHECK(one.kept.values.empty());
}

TEST_CASE("no room for one that is due first holds up none that is in the directory",
          "[recordings]") {
    loopback_server server({.connection_count = 1}, [&](peer& client) {
        client.read_until("\r\n\r\n");
        client.read_size(4);
        client.send(answer_of("200 OK", {}, 0));
    });
    queue_fixture one;
    std::filesystem::create_directories(one.directory / "branch");
    std::ofstream(one.directory / "branch/2-a.wav") << "data";
    std::ofstream(one.directory / "in-the-way") << "12345678";
    one.settings.limits.kept_max = 8;
    one.settings.bucket = bucket_at(server.port());
    one.settings.backoff_first = one.settings.backoff_longest = std::chrono::minutes(10);
    one.start(url_of(server));
    one.queue->add({.pbx = "branch", .call_id = "1", .file = "a.wav", .time = now()});
    REQUIRE(one.run_until_told());
    CHECK(data_of<system_data>(one.events.all().front()).status == "waiting");
    CHECK(one.queue->restore("recording.2", "7 1 2 0  5 a.wav kept"));
    REQUIRE(one.run_until([&] { return one.queue->counters().stored == 1; }));
    CHECK(one.queue->waiting_count() == 1);
    CHECK_FALSE(std::filesystem::exists(one.directory / "branch/2-a.wav"));
}

TEST_CASE("a recording that the bucket refuses for itself is given up", "[recordings]") {
    loopback_server server({.connection_count = 4}, [&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        if (head.starts_with("GET"))
            return client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
        client.read_size(4);
        client.send(answer_of("400 Bad Request", {}, 0));
    });
    queue_fixture one;
    one.settings.bucket = bucket_at(server.port());
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    CHECK(data_of<system_data>(one.events.all().front()).status == "failed");
    server.wait();
    CHECK(one.queue->counters().failed == 1);
}

TEST_CASE("one that is no longer in the directory is fetched again", "[recordings]") {
    loopback_server server({.connection_count = 2}, [&](peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        if (head.starts_with("GET"))
            return client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
        client.read_size(4);
        client.send(answer_of("200 OK", {}, 0));
    });
    queue_fixture one;
    one.settings.bucket = bucket_at(server.port());
    one.start(url_of(server));
    CHECK(one.queue->restore("recording.2", "7 1 2 0  5 a.wav kept"));
    REQUIRE(one.run_until_told());
    CHECK(one.queue->counters().stored == 1);
    CHECK(one.queue->counters().retried == 1);
}

TEST_CASE("what was taken away meanwhile leaves its room", "[recordings]") {
    loopback_server server({.connection_count = 3}, [](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 4) + "data");
    });
    queue_fixture one;
    one.settings.limits.kept_max = one.settings.limits.size_max = 6;
    one.start(url_of(server));
    for (int i = 0; i < 3; ++i) {
        one.add();
        REQUIRE(one.run_until_told());
        CHECK(std::filesystem::remove(one.path()));
    }
    CHECK(one.queue->counters().stored == 3);
    CHECK(one.queue->counters().no_room == 0);
}

TEST_CASE("a part that alone takes all room is removed, and costs a try", "[recordings]") {
    loopback_server server({.connection_count = 2}, [](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(answer_of("200 OK", "Content-Type: audio/wav\r\n", 20) + std::string(20, 'd'));
    });
    queue_fixture one;
    one.settings.limits.kept_max = 10;
    one.settings.try_count_max = 2;
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    const auto& data = data_of<system_data>(one.events.all().front());
    CHECK(data.status == "failed");
    CHECK(data.values[1].value == "the recording alone takes more room than there may be");
    CHECK_FALSE(std::filesystem::exists(one.path() + ".part"));
    CHECK(one.queue->counters().no_room == 0);
    CHECK(one.queue->counters().failed == 1);
}

TEST_CASE("a part of an earlier try is no reason against going on with it", "[recordings]") {
    loopback_server server([](peer& client) {
        client.read_until("\r\n\r\n");
        client.send(
            "HTTP/1.1 206 Partial Content\r\nConnection: close\r\n"
            "Content-Range: bytes 12-13/14\r\nContent-Length: 2\r\n\r\nta");
    });
    queue_fixture one;
    std::filesystem::create_directories(one.directory / "branch");
    std::ofstream(one.path() + ".part") << "twelve bytes";
    one.settings.limits.kept_max = 15;
    one.start(url_of(server));
    one.add();
    REQUIRE(one.run_until_told());
    CHECK(content_of(one.path()) == "twelve bytesta");
    CHECK(one.queue->counters().no_room == 0);
}
