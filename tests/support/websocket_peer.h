// The server's side of a WebSocket, for scripts of loopback_server.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "tests/support/loopback_server.h"

namespace callstream::test {

inline std::string accept_of(const std::string& head) {
    constexpr std::string_view field = "Sec-WebSocket-Key: ";
    const std::size_t at = head.find(field) + field.size();
    const std::string text =
        head.substr(at, head.find('\r', at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> encoded{};
    EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
    return reinterpret_cast<const char*>(encoded.data());
}

inline std::string upgraded(const std::string& head) {
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " +
           accept_of(head) + "\r\n\r\n";
}

inline std::string frame_of(char kind, const std::string& text) {
    std::string frame(1, kind);
    if (text.size() < 126) {
        frame += static_cast<char>(text.size());
    } else {
        frame += static_cast<char>(126);
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 255);
    }
    return frame + text;
}

inline constexpr char text_kind = '\x81';
inline constexpr char ping_kind = '\x89';
inline constexpr char close_kind = '\x88';

// A short frame of the client's: its first byte and its unmasked text.
inline std::string read_frame(peer& client) {
    const std::string head = client.read_size(6);
    if (head.size() < 6) return {};
    std::string text = client.read_size(static_cast<unsigned char>(head[1]) & 0x7f);
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(text[i] ^ head[2 + i % 4]);
    return head.substr(0, 1) + text;
}

}  // namespace callstream::test
