// One HTTP answer as a whole, for what is small: an API's JSON, a login page.
//
// Lifetime: the client outlives it. Views of the answer are valid until the next start().
// Threads:  the loop's.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/http_client.h"

namespace callstream {

class http_fetch final : http_receiver {
public:
    // `on_done` may start the next request or destroy the fetch.
    using handler = std::function<void(const result<void>& outcome)>;

    explicit http_fetch(http_client& client) : call_(client, *this) {}

    void start(http_call_request request, handler on_done) {
        status_ = 0;
        body_.clear();
        on_done_ = std::move(on_done);
        call_.start(std::move(request));
    }
    void cancel() { call_.cancel(); }
    bool under_way() const noexcept { return call_.under_way(); }

    int status() const noexcept { return status_; }
    std::string_view content_type() const noexcept { return content_type_; }
    std::string_view body() const noexcept { return body_; }
    const std::string& detail() const noexcept { return call_.detail(); }

private:
    result<void> on_head(const http_answer_head& head) override {
        status_ = head.status();
        content_type_ = head.find("Content-Type");
        return {};
    }
    result<void> on_body(std::string_view piece) override {
        body_.append(piece);
        return {};
    }
    void on_done(const result<void>& outcome) override {
        const handler told = std::exchange(on_done_, nullptr);
        told(outcome);
    }

    http_call call_;
    handler on_done_;
    int status_ = 0;
    std::string content_type_;
    std::string body_;
};

}  // namespace callstream
