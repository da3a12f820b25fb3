// How values of the configuration are written as text: durations, sizes, addresses, URLs.
//
// Each parse function takes the whole text or fails with bad_config and a phrase for the operator,
// who reads it behind the key; it never repeats the text, which may hold a secret.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/secret.h"

namespace callstream {

// 500ms, 30s, 5m, 2h, 7d.
result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::milliseconds value);

// Bytes: 1000000, 64KiB, 64MiB, 4GiB, 1TiB, and the decimal kB, MB, GB, TB.
result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// NAME:PORT, 192.0.2.1:PORT, [::1]:PORT. Without a port: `port`, which 0 makes an error.
struct host_port {
    std::string host;  // IPv6 without its brackets
    std::uint16_t port = 0;
};
result<host_port> parse_host_port(std::string_view text, std::uint16_t port);
std::string format_host_port(const host_port& address);

// SCHEME://[USER[:PASSWORD]@]HOST[:PORT][/PATH]; user and password are percent-decoded.
struct url {
    std::string scheme;
    std::string username;
    secret password;
    host_port address;
    std::string path;  // without its first slash
};
result<url> parse_url(std::string_view text, std::uint16_t port);

// The candidate that `word` was probably meant to be, or nothing (empty).
std::string_view nearest_word(std::string_view word, const std::vector<std::string_view>& among);

}  // namespace callstream
