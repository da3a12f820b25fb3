// A Yeastar PBX's API as a script, and a session with it.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sources/yeastar_session.h"
#include "tests/sources/source_fixture.h"
#include "tests/support/loopback_server.h"

namespace callstream::test {

struct api_request {
    std::string target;  // path and query
    std::string body;
};

// Answers each request on a connection of its own, as such PBXes do. `answer` runs on the server's
// thread and is given the request's number, from 0.
class scripted_api {
public:
    using script = std::function<std::string(std::size_t number, const api_request& request)>;

    explicit scripted_api(script answer)
        : answer_(std::move(answer)),
          server_({.connection_count = 1000}, [this](peer& client) { serve(client); }) {}

    std::uint16_t port() const { return server_.port(); }
    std::size_t request_count() const { return count_; }
    // Look at it only when no request can be under way.
    const std::vector<api_request>& requests() const {
        count_.load();  // what was answered was kept before
        return requests_;
    }

private:
    void serve(peer& client) {
        const std::string head = client.read_until("\r\n\r\n");
        if (head.empty()) return;
        const std::size_t from = head.find(' ') + 1;
        api_request heard{head.substr(from, head.find(' ', from) - from), {}};
        constexpr std::string_view field = "Content-Length: ";
        if (const std::size_t at = head.find(field); at != std::string::npos)
            heard.body = client.read_size(std::stoul(head.substr(at + field.size())));
        requests_.push_back(heard);
        const std::string body = answer_(count_, heard);
        ++count_;
        if (body.empty()) return;  // the connection just ends
        client.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
    }

    script answer_;
    std::atomic<std::size_t> count_{0};
    std::vector<api_request> requests_;
    loopback_server server_;
};

struct yeastar_fixture : source_fixture {
    yeastar_fixture() {
        settings.pbx = "branch";
        settings.api.username = "api";
        settings.api.password = secret("password");
        settings.heartbeat_interval = std::chrono::hours(1);
        settings.backoff_first = settings.backoff_longest = std::chrono::milliseconds(1);
        settings.backoff_refused = std::chrono::milliseconds(1);
        settings.backoff_locked = std::chrono::hours(1);
    }
    ~yeastar_fixture() { stop(); }
    yeastar_fixture(const yeastar_fixture&) = delete;
    yeastar_fixture& operator=(const yeastar_fixture&) = delete;

    void start(std::uint16_t port) {
        settings.api.url = "http://127.0.0.1:" + std::to_string(port);
        session = std::make_unique<sources::yeastar_session>(
            settings, sources::yeastar_session_parts{home, events, [this] { ++batch_count; },
                                                     [this] { ++token_count; }});
        session->start();
    }
    void stop() {
        if (session) session->stop();
        home.run();
        session.reset();
    }
    bool run_until_connected() {
        return run_until([this] { return session->connected(); });
    }

    sources::yeastar_session_settings settings;
    int token_count = 0;
    std::unique_ptr<sources::yeastar_session> session;
};

}  // namespace callstream::test
