// A queue of recordings that are always at one address, with a state that is kept in memory.
//
// Lifetime: of one test. Threads: the test's; the queue's worker has its own.
#pragma once

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "sources/recording_queue.h"
#include "tests/support/loopback_server.h"
#include "tests/support/recorded_events.h"
#include "tests/support/temporary_directory.h"

namespace callstream::test {

using namespace sources;
using std::chrono::milliseconds;

inline const std::string sound(200'000, 's');

inline std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string answer_of(std::string_view status, std::string_view fields, std::size_t size) {
    return "HTTP/1.1 " + std::string(status) + "\r\nConnection: close\r\n" + std::string(fields) +
           "Content-Length: " + std::to_string(size) + "\r\n\r\n";
}

// Says at once where everything is.
class fixed_place final : public recording_locator {
public:
    explicit fixed_place(loop& home) : timer_(home, [this] { tell(); }) {}

    bool ready() const noexcept override { return is_ready; }
    void locate(const recording_facts&, handler on_place) override {
        on_place_ = std::move(on_place);
        timer_.start(milliseconds(0));
    }
    void cancel() override { timer_.stop(); }

    std::string url;
    std::string member;
    bool is_ready = true;

private:
    void tell() {
        if (url.empty()) return on_place_(failure(errc::refused, "nobody knows where it is"));
        http_call_request request;
        request.url = url;
        on_place_(place{request, member});
    }

    timer timer_;
    handler on_place_;
};

struct kept_values final : state_store {
    void put(std::string_view name, std::string_view value) override {
        if (value.empty())
            values.erase(std::string(name));
        else
            values[std::string(name)] = value;
    }
    std::ptrdiff_t count_ending(std::string_view end) const {
        return std::count_if(values.begin(), values.end(),
                             [end](const auto& each) { return each.second.ends_with(end); });
    }
    std::map<std::string, std::string> values;
};

struct queue_fixture {
    queue_fixture() {
        settings.pbx = "branch";
        settings.family = "yeastar";
        settings.directory = directory.path();
        settings.path = *recording_template::parse("{pbx}/{call_id}-{file}");
        settings.limits.free_min = 0;
        settings.delay = settings.backoff_first = settings.backoff_longest = milliseconds(1);
        settings.try_count_max = 3;
    }
    ~queue_fixture() {
        if (queue) queue->stop();
        queue.reset();
        place.cancel();
        home.run();
    }
    queue_fixture(const queue_fixture&) = delete;
    queue_fixture& operator=(const queue_fixture&) = delete;

    void start(const std::string& url) {
        place.url = url;
        queue = std::make_unique<recording_queue>(
            settings,
            recording_queue_parts{home, events, place, {}, [this] { ++batch_count; }, &kept});
    }
    void add() { queue->add({.pbx = "branch", .call_id = "7.1", .file = "a.wav", .time = now()}); }
    // Gives up after ten seconds.
    bool run_until(const std::function<bool()>& is_done) {
        bool late = false;
        timer guard(home, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        timer look(home, [] {});
        look.repeat(milliseconds(5));
        while (!late && !is_done())
            home.run_once();
        return !late;
    }
    bool run_until_told() {
        const std::size_t before = events.all().size();
        return run_until([&] { return events.all().size() > before; });
    }
    std::string path() const { return directory / "branch/7.1-a.wav"; }

    temporary_directory directory;
    loop home;
    recorded_events events;
    fixed_place place{home};
    recording_queue_settings settings;
    kept_values kept;
    int batch_count = 0;
    std::unique_ptr<recording_queue> queue;
};

inline recording_bucket bucket_at(std::uint16_t port) {
    recording_bucket bucket;
    bucket.endpoint = "http://127.0.0.1:" + std::to_string(port);
    bucket.name = "sounds";
    bucket.access_key = "AKID";
    bucket.secret_key = secret("key");
    return bucket;
}

inline std::string url_of(const loopback_server& server) {
    return "http://127.0.0.1:" + std::to_string(server.port()) + "/download";
}

}  // namespace callstream::test
