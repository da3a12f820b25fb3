// The events of a running callstream, kept coming: reads its web server's stream, notices silence,
// connects again, and goes on behind the last event.
//
// Lifetime: the loop and the listener outlive it.
// Threads:  the loop's.
#pragma once

#include <string>
#include <string_view>

#include "app/api_address.h"
#include "core/backoff.h"
#include "core/http_client.h"
#include "core/loop.h"
#include "core/sse_reader.h"

namespace callstream::app {

class api_listener {
public:
    virtual void on_event(const sse_event& event) = 0;
    // The connection is gone, or was not made. True: try again.
    virtual bool on_lost(std::string_view reason) = 0;

protected:
    ~api_listener() = default;
};

class api_stream final : http_receiver {
public:
    // `path`: with its query, such as /api/events?state=1.
    api_stream(loop& owner, const api_address& address, std::string path, api_listener& listener);

    void start();
    void stop();

private:
    result<void> on_head(const http_answer_head& head) override;
    result<void> on_body(std::string_view piece) override;
    void on_done(const result<void>& outcome) override;

    api_address address_;
    std::string path_;
    api_listener& listener_;
    http_client client_;
    http_call call_;
    timer again_;
    backoff wait_;
    sse_reader reader_;
    std::string last_id_;
    std::string refusal_;
};

}  // namespace callstream::app
