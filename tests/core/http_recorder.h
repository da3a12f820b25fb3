// An HTTP receiver that keeps what it was told, and runs the loop until the call is done.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "core/http_client.h"

namespace callstream::test {

struct http_recorder final : http_receiver {
    http_recorder(loop& owner, http_client& client) : home(owner), call(client, *this) {}

    result<void> on_head(const http_answer_head& head) override {
        ++head_count;
        status = head.status();
        kind = head.find("content-TYPE");
        return refusal_of_head;
    }
    result<void> on_body(std::string_view piece) override {
        body.append(piece);
        return refusal_of_body;
    }
    void on_done(const result<void>& told) override {
        outcome = told;
        if (when_done) when_done();
    }

    // Gives up after ten seconds.
    bool run(http_call_request request) {
        outcome.reset();
        body.clear();
        status = head_count = 0;
        call.start(std::move(request));
        return run_until([this] { return outcome.has_value(); });
    }
    bool run_until(const std::function<bool()>& reached) {
        bool late = false;
        timer guard(home, [&late] { late = true; });
        guard.start(std::chrono::seconds(10));
        while (!late && !reached())
            home.run_once();
        return !late;
    }
    bool succeeded() const { return outcome && outcome->has_value(); }
    errc code() const { return outcome->error().code; }
    std::string_view what() const { return outcome->error().what; }

    loop& home;
    http_call call;
    int status = 0;
    int head_count = 0;
    std::string kind;
    std::string body;
    std::optional<result<void>> outcome;
    result<void> refusal_of_head;
    result<void> refusal_of_body;
    std::function<void()> when_done;
};

inline std::string url_of(std::uint16_t port, const std::string& rest = "/") {
    return "http://127.0.0.1:" + std::to_string(port) + rest;
}

inline std::string answer_of(const std::string& body, const std::string& fields = {},
                             const std::string& status = "200 OK") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           fields + "\r\n" + body;
}

}  // namespace callstream::test
