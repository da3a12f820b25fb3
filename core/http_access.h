// Who may use a path: an allow-list of addresses, and any of Basic, bearer, query token, signature.
//
// The address must be allowed if there is a list; then one of the configured credentials must be
// right, if there are any. Secrets are compared in constant time.
//
// Threads: the loop's.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/http_head.h"
#include "core/ip_range.h"
#include "core/secret.h"

namespace callstream {

struct http_access_settings {
    std::vector<ip_range> allow;  // empty: from anywhere
    std::string username;         // Basic
    secret password;
    secret token;        // `Authorization: Bearer ...` or ?token=...
    secret signing_key;  // X-Signature: base64 or hex of HMAC-SHA256 of the body
};

enum class http_access : std::uint8_t {
    granted,
    wants_signature,  // decided by check_signature() when the body is there
    unauthorized,     // 401
    forbidden,        // 403: the address
};

using http_signature = std::array<unsigned char, 32>;

// `signature` is set for wants_signature.
http_access check_access(const http_access_settings& settings, const http_head& head,
                         const socket_address& peer, http_signature& signature);
bool check_signature(const http_access_settings& settings, std::string_view body,
                     const http_signature& signature);
bool needs_credentials(const http_access_settings& settings) noexcept;

}  // namespace callstream
