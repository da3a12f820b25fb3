// How the HTTP client verifies its peer: tls_settings carried out inside libcurl's handshakes, with
// the same words as tls_session for what is wrong.
//
// Lifetime: outlives the connections that were made with it.
// Threads:  the loop's.
#pragma once

#include <string>
#include <string_view>

#include <curl/curl.h>

#include "core/tls_settings.h"

struct x509_store_ctx_st;

namespace callstream {

class http_tls {
public:
    explicit http_tls(const tls_settings& settings);

    void apply(CURL* easy);

    // Why the last certificate was refused; empty if none was.
    std::string_view refusal() const noexcept { return refusal_; }
    const std::string& detail() const noexcept { return detail_; }

private:
    static CURLcode on_context(CURL* easy, void* context, void* self);
    static int on_chain(x509_store_ctx_st* chain, void* self) noexcept;
    bool verify(x509_store_ctx_st* chain);

    tls_settings settings_;
    std::string pin_;
    std::string_view refusal_;
    std::string detail_;
};

}  // namespace callstream
