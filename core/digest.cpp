#include "core/digest.h"

#include <array>
#include <memory>
#include <span>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/ensure.h"

namespace callstream {

namespace {

struct context_free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

std::string to_hex(std::span<const unsigned char> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

// The value of a digit, or -1.
int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int base64_value(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

}  // namespace

std::optional<std::string> to_md5_hex(std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, context_free> context(EVP_MD_CTX_new());
    if (!context || EVP_DigestInit_ex(context.get(), EVP_md5(), nullptr) != 1) return std::nullopt;
    for (const std::string_view part : parts)
        if (EVP_DigestUpdate(context.get(), part.data(), part.size()) != 1) return std::nullopt;
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1) return std::nullopt;

    return to_hex({digest.data(), size});
}

std::array<unsigned char, 32> to_hmac_sha256(std::string_view key, std::string_view message) {
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    const auto* const done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                  reinterpret_cast<const unsigned char*>(message.data()),
                                  message.size(), digest.data(), &size);
    ensure(done != nullptr && size == digest.size(), "HMAC-SHA256 can be computed");
    return digest;
}

std::string to_hmac_sha256_hex(std::string_view key, std::string_view message) {
    return to_hex(to_hmac_sha256(key, message));
}

std::optional<std::string> from_base64(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    unsigned collected = 0;
    unsigned bit_count = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return std::nullopt;
        collected = (collected << 6 | static_cast<unsigned>(value)) & 0xFFFFFFU;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        bytes += static_cast<char>(collected >> bit_count & 0xFFU);
    }
    if ((collected & ((1U << bit_count) - 1)) != 0) return std::nullopt;  // another text's bits
    return bytes;
}

std::optional<std::string> from_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
    if (a.empty() || a.size() != b.size()) return false;
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace callstream
