// libcurl's multi handle on the loop: its sockets as polls, its time-outs as one timer. The inside
// of the HTTP client.
//
// libcurl calls back for sockets and time-outs from within its own functions, where nothing may be
// added or removed. So ends are told after libcurl has returned, and then anything is allowed.
//
// Lifetime: the loop outlives it; it outlives what was added to it. A closed poll lives until
//           libuv's close callback.
// Threads:  the loop's.
#pragma once

#include <vector>

#include <curl/curl.h>

#include "core/http_tls.h"
#include "core/loop.h"

namespace callstream {

class http_transfer {
public:
    virtual void on_transfer_done(CURLcode code) = 0;

protected:
    ~http_transfer() = default;
};

class http_multi {
public:
    http_multi(loop& owner, const tls_settings& tls, unsigned connection_count_max);
    ~http_multi();
    http_multi(const http_multi&) = delete;
    http_multi& operator=(const http_multi&) = delete;

    // `easy` carries its http_transfer as CURLOPT_PRIVATE. Removed when it is done.
    void add(CURL* easy);
    void remove(CURL* easy);

    CURLSH* cookies() const noexcept { return cookies_; }
    http_tls& tls() noexcept { return tls_; }

private:
    struct watched_socket;

    static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watched);
    static int on_timer(CURLM* multi, long timeout_ms, void* self);
    watched_socket* watch(curl_socket_t socket);
    void forget(watched_socket* watched);
    void act(curl_socket_t socket, int events);
    void tell_ends();

    loop& owner_;
    http_tls tls_;
    timer timer_;
    std::vector<watched_socket*> watched_;
    CURLM* multi_;
    CURLSH* cookies_;
    bool inside_ = false;  // libcurl is calling us
};

}  // namespace callstream
