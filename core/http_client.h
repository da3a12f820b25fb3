// HTTP client on the loop: requests over HTTP and HTTPS, answers streamed to a receiver.
//
// libcurl's multi interface, driven by the loop's polls and timers. Names are resolved on a thread
// of libcurl's; nothing blocks the loop. A client is what the calls to one server share: its
// connections, TLS settings and cookies. Proxies of the environment are not used.
//
// Lifetime: the loop outlives the client, the client its calls. A call may be started again or
//           destroyed from its own on_done(), never from on_head() or on_body().
// Threads:  the loop's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/loop.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/tls_settings.h"

namespace callstream {

class http_multi;

inline constexpr std::uint64_t http_answer_size_max = 1024 * 1024;  // unless the caller wants more
inline constexpr std::size_t http_answer_head_size_max = 64 * 1024;

struct http_client_settings {
    tls_settings tls{};
    std::string user_agent = "callstream";
    std::chrono::milliseconds connect_timeout{10'000};  // resolving, connecting, TLS together
    unsigned connection_count_max = 4;                  // to one host; further calls wait
    bool keeps_cookies = false;                         // of all its calls, until it is destroyed
    bool offers_http2 = false;                          // over TLS; else HTTP/1.1
};

class http_client {
public:
    http_client(loop& owner, const http_client_settings& settings);
    ~http_client();
    http_client(const http_client&) = delete;
    http_client& operator=(const http_client&) = delete;

    // Those that are kept, as the header Cookie has them: for another client of the same server.
    std::string cookies() const;

private:
    friend class http_call;

    http_client_settings settings_;
    std::unique_ptr<http_multi> multi_;
};

enum class http_login : std::uint8_t { none, basic, digest, aws_v4 };

struct http_call_request {
    std::string url;
    std::string method = "GET";
    std::vector<std::string> headers{};  // whole lines, such as "Accept: text/csv"
    std::string body{};                  // sent unless the method is GET
    http_login login = http_login::none;
    std::string username{};
    secret password{};
    std::string signed_for{};     // with aws_v4, as libcurl has it: aws:amz:REGION:SERVICE
    std::string body_file{};      // its path: sent by PUT, and read while it is sent
    std::uint64_t resume_at = 0;  // the first byte wanted; a server that can answers 206
    std::uint64_t answer_size_max = http_answer_size_max;  // of the unpacked body
    bool offers_gzip = true;
    unsigned redirect_count_max = 0;                  // 0: a redirection fails with refused
    std::chrono::milliseconds total_timeout{30'000};  // 0: as long as bytes come
    std::chrono::seconds stall_timeout{30};           // without a byte
};

// Status and fields of an answer. Valid until the callback that it is given to returns.
class http_answer_head {
public:
    int status() const noexcept { return status_; }
    // A field's value by its name, without regard to case; empty if it is absent.
    std::string_view find(std::string_view name) const noexcept;

private:
    friend class http_call;

    int status_ = 0;
    std::string lines_;  // each with its end
};

class http_receiver {
public:
    // The final answer's, after logins and redirections. An error ends the call with it.
    virtual result<void> on_head(const http_answer_head& head) = 0;
    // The next piece of the unpacked body. An error ends the call with it.
    virtual result<void> on_body(std::string_view piece) = 0;
    // The end, once for each start() that was not cancelled.
    virtual void on_done(const result<void>& outcome) = 0;

protected:
    ~http_receiver() = default;
};

// One request at a time.
class http_call {
public:
    http_call(http_client& client, http_receiver& receiver);
    ~http_call();  // cancels
    http_call(const http_call&) = delete;
    http_call& operator=(const http_call&) = delete;

    // Always answered on a later turn. Not while one is under way.
    void start(http_call_request request);
    void cancel();  // on_done is not called
    bool under_way() const noexcept;
    // What went wrong, in the words of libcurl or TLS, for logs. Valid until the next start().
    const std::string& detail() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
