// Where a connection can go: numeric addresses at once, names through the system's resolver.
//
// Lifetime: destroying or cancelling it forgets the answer under way; the loop still has to run
//           until the system gives it.
// Threads:  the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <netinet/in.h>

#include "core/loop.h"
#include "core/result.h"

namespace callstream {

union socket_address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

std::string to_text(const socket_address& address);  // 192.0.2.1:5038, [2001:db8::1]:5038

class resolver {
public:
    // In the system's order of preference, at most 16; never empty.
    using answer = result<std::vector<socket_address>>;

    resolver(loop& owner, std::function<void(answer)> on_answer);
    ~resolver();
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    // Answers once, for a numeric host before it returns. One at a time. A failure is `unreachable`
    // with the resolver's code.
    void start(const std::string& host, std::uint16_t port);
    void cancel();

private:
    struct request;

    loop& owner_;
    std::function<void(answer)> on_answer_;
    request* under_way_ = nullptr;  // freed by its callback
};

}  // namespace callstream
