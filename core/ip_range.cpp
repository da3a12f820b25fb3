#include "core/ip_range.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace callstream {

namespace {

constexpr unsigned mapped_bits = 96;  // of ::ffff:0:0/96, in front of an IPv4 address

}  // namespace

ip_address::ip_address(const socket_address& from) noexcept {
    if (from.any.sa_family == AF_INET6) {
        std::memcpy(bytes.data(), &from.v6.sin6_addr, bytes.size());
    } else if (from.any.sa_family == AF_INET) {
        bytes[10] = bytes[11] = 0xFF;
        std::memcpy(&bytes[12], &from.v4.sin_addr, 4);
    }
}

std::optional<socket_address> to_socket_address(const std::string& host, std::uint16_t port) {
    socket_address address{};
    if (uv_ip4_addr(host.c_str(), port, &address.v4) == 0) return address;
    if (uv_ip6_addr(host.c_str(), port, &address.v6) == 0) return address;
    return std::nullopt;
}

std::string address_text(const socket_address& address) {
    std::string text = to_text(address);
    text.resize(std::min(text.rfind(':'), text.size()));
    return text;
}

result<ip_range> ip_range::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string host(text.substr(0, slash));
    const auto address = to_socket_address(host, 0);
    if (!address)
        return failure(errc::bad_config, "must be an address or a range such as 192.0.2.0/24");
    const bool is_v4 = address->any.sa_family == AF_INET;
    const unsigned bits_max = is_v4 ? 32 : 128;
    unsigned bits = bits_max;
    if (slash != std::string_view::npos) {
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + slash + 1, end, bits);
        if (read.ec != std::errc() || read.ptr != end || bits > bits_max)
            return failure(errc::bad_config, "the number behind '/' is no size of a prefix");
    }
    ip_range range;
    range.first_ = ip_address(*address);
    range.bit_count_ = is_v4 ? mapped_bits + bits : bits;
    return range;
}

bool ip_range::contains(const ip_address& address) const noexcept {
    const unsigned whole = bit_count_ / 8;
    if (!std::equal(first_.bytes.begin(), first_.bytes.begin() + whole, address.bytes.begin()))
        return false;
    const unsigned rest = bit_count_ % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned char>(0xFF00U >> rest);
    return ((first_.bytes[whole] ^ address.bytes[whole]) & mask) == 0;
}

}  // namespace callstream
