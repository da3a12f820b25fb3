// IP addresses as values, and ranges of them: 192.0.2.0/24, 2001:db8::/32, one address alone.
//
// An IPv4 address and its IPv6-mapped form are the same.
//
// Threads: any.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/resolver.h"
#include "core/result.h"

namespace callstream {

struct ip_address {
    std::array<unsigned char, 16> bytes{};

    ip_address() = default;
    explicit ip_address(const socket_address& from) noexcept;
    auto operator<=>(const ip_address&) const = default;
};

// Numeric addresses only.
std::optional<socket_address> to_socket_address(const std::string& host, std::uint16_t port);

// Without the port: what log lines of one client have in common.
std::string address_text(const socket_address& address);

class ip_range {
public:
    // Fails with bad_config and a phrase for the operator.
    static result<ip_range> parse(std::string_view text);
    bool contains(const ip_address& address) const noexcept;

private:
    ip_address first_;
    unsigned bit_count_ = 128;
};

}  // namespace callstream
