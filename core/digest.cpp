#include "core/digest.h"

#include <array>
#include <memory>
#include <span>

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

std::string to_hmac_sha256_hex(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    ensure(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
                digest.data(), &size) != nullptr,
           "OpenSSL has SHA-256");
    return to_hex({digest.data(), size});
}

}  // namespace callstream
