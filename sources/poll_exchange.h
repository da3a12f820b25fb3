// One request of a poll and its whole answer, with the wait that the PBX asks for.
//
// Lifetime: the client outlives it.
// Threads:  the home loop.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "core/http_client.h"
#include "sources/poll_family.h"

namespace callstream::sources {

// Seconds, or the date of an HTTP header, of Retry-After; 0: neither.
std::chrono::milliseconds read_retry_after(std::string_view value, timestamp at) noexcept;

class poll_exchange final : http_receiver {
public:
    using handler = std::function<void(const result<void>& outcome)>;

    explicit poll_exchange(http_client& client) : call_(client, *this) {}

    void start(http_call_request request, handler on_done);
    void cancel() { call_.cancel(); }
    bool under_way() const noexcept { return call_.under_way(); }

    // Valid until the next start().
    poll_answer answer() const noexcept { return {status_, content_type_, body_, now()}; }
    std::chrono::milliseconds retry_after() const noexcept { return retry_after_; }
    const std::string& detail() const noexcept { return call_.detail(); }

private:
    result<void> on_head(const http_answer_head& head) override;
    result<void> on_body(std::string_view piece) override;
    void on_done(const result<void>& outcome) override;

    http_call call_;
    handler on_done_;
    int status_ = 0;
    std::chrono::milliseconds retry_after_{0};
    std::string content_type_;
    std::string body_;
};

}  // namespace callstream::sources
