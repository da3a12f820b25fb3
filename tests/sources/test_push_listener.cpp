#include <memory>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

// The log first: its names are hidden by those of the events.
#include "core/log.h"
#include "sources/push_listener.h"
#include "tests/core/http_client.h"
#include "tests/support/temporary_directory.h"

using namespace callstream;
using namespace callstream::sources;
using namespace callstream::test;

namespace {

// Every report is a digit: one event, and nothing that a second coming could be known by.
class digits final : public report_decoder {
public:
    explicit digits(event_output& output) : output_(output) {}

    report_verdict decode(std::string_view body, timestamp, report_coming coming) override {
        if (body == "bad") return {"no report", 1};
        if (coming == report_coming::again) return {};
        event told;
        told.data = vendor_data();
        output_.publish(told);
        return {};
    }
    void restore(const record&) override {}
    void tick(timestamp) override {}
    report_counters counters() const noexcept override { return {}; }

private:
    event_output& output_;
};

enum class disk { fast, never };  // whether anything becomes durable

// A program until it is destroyed, as a kill would end it: what was not answered never will be.
struct running {
    running(const temporary_directory& directory, disk speed)
        : events(*journal::open(settings_for(directory, speed))),
          pbx(*publisher::open(*events, clock, "hq")),
          reports(*pbx),
          listener(listen_on_loopback(), {home, slabs, *events, clock, speed == disk::never,
                                          [this] { events->publish(); }}) {
        push.path = "/";
        REQUIRE(listener.add({push, reports, *pbx}).has_value());
        REQUIRE(listener.start().has_value());
        if (speed == disk::never) use_up_first_sync();
    }
    ~running() {
        listener.stop();
        listener.stop();
        home.run();
    }

    static journal_settings settings_for(const temporary_directory& directory, disk speed) {
        journal_settings settings;
        settings.path = directory / "journal";
        settings.max_bytes = 16 << 20;
        settings.fsync = speed == disk::fast ? fsync_mode::never : fsync_mode::interval;
        settings.fsync_interval = std::chrono::hours(1);
        return settings;
    }
    static http_server_settings listen_on_loopback() {
        http_server_settings settings;
        settings.listen = {{"127.0.0.1", 0}};
        return settings;
    }

    // The next comes after an hour.
    void use_up_first_sync() {
        REQUIRE(events->set_position("test", std::to_string(events->epoch())).has_value());
        events->publish();
        while (events->durable() < events->published())
            std::this_thread::yield();
    }
    std::uint16_t port() const { return listener.server().ports().front(); }
    // Of the PBX, since the journal was made.
    std::uint64_t event_count() const { return events->next_pbx_sequence(0) - 1; }
    std::string post(const std::string& body) {
        http_client client(home, port());
        client.send(request(body));
        return client.read(1).substr(0, 12);
    }
    // Published, and its sender waits for an answer in vain.
    void post_in_vain(const std::string& body) {
        http_client client(home, port());
        const auto before = listener.server().counters().requests;
        client.send(request(body));
        client.read_until([&] { return listener.server().counters().requests > before; });
        home.run_ready();
    }
    static std::string request(const std::string& body) {
        return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }

    batch_clock clock;
    loop home;
    slab_pool slabs;
    std::unique_ptr<journal> events;
    std::unique_ptr<publisher> pbx;
    digits reports;
    push_settings push;
    push_listener listener;
};

constexpr const char* fine = "HTTP/1.1 200";

}  // namespace

TEST_CASE("the same bytes after an answer are another report", "[push]") {
    const temporary_directory directory;
    running here(directory, disk::fast);
    CHECK(here.post("7") == fine);
    CHECK(here.post("7") == fine);
    CHECK(here.post("bad") == "HTTP/1.1 400");
    CHECK(here.post("7") == fine);
    CHECK(here.event_count() == 3);
    CHECK(here.listener.counters().accepted == 3);
    CHECK(here.listener.counters().repeated == 0);
    CHECK(here.listener.counters().rejected == 1);
}

TEST_CASE("a report is answered when it is durable, and is one however often it is killed",
          "[push]") {
    const temporary_directory directory;
    {
        running first(directory, disk::fast);
        CHECK(first.post("7") == fine);
    }
    for (int kills = 0; kills < 2; ++kills) {
        running next(directory, disk::never);
        next.post_in_vain("7");
        CHECK(next.event_count() == 2);
        CHECK(next.listener.counters().accepted == 0);
    }
    running last(directory, disk::fast);
    CHECK(last.post("7") == fine);
    CHECK(last.event_count() == 2);
    CHECK(last.listener.counters().repeated == 1);
    CHECK(last.post("7") == fine);
    CHECK(last.event_count() == 3);
}

TEST_CASE("a sender that is gone before its answer is heard when it comes again", "[push]") {
    const temporary_directory directory;
    running here(directory, disk::never);
    here.post_in_vain("7");  // and its connection is closed
    here.post_in_vain("7");
    CHECK(here.event_count() == 1);
    here.post_in_vain("8");
    CHECK(here.event_count() == 2);
}
