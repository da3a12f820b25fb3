// One path that the web server of the live state answers beside its own: a page, a file of it, the
// metrics, the health. `app` builds the pages and hands them to the server.
//
// Lifetime: pages outlive the server.
// Threads:  make() is called on the web server's thread; what it shows of other threads' state,
//           the page itself has to make safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callstream {

struct web_request {
    std::string_view query;          // undecoded, behind '?'
    std::string_view if_none_match;  // the ETag that the client has
};

struct web_answer {
    unsigned status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body{};
    std::string etag{};    // with its quotes; the server answers 304 where the client has it
    std::string fields{};  // further header lines, each ended by CRLF
};

// Whether the page needs a token where tokens are configured. The list of addresses holds for all.
enum class web_secrecy : std::uint8_t { open, with_token };

class web_page {
public:
    virtual ~web_page() = default;
    virtual std::string_view path() const noexcept = 0;  // such as /metrics
    virtual web_secrecy secrecy() const noexcept = 0;
    virtual web_answer make(const web_request& request) = 0;
};

}  // namespace callstream
