#include "core/sha256.h"

#include <array>

#include <openssl/evp.h>

#include "core/ensure.h"

namespace callstream {

void sha256_digest::context_free::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

sha256_digest::sha256_digest() : context_(EVP_MD_CTX_new()) {
    ensure(context_ != nullptr, "a digest can be made");
    restart();
}

sha256_digest::~sha256_digest() = default;
sha256_digest::sha256_digest(sha256_digest&&) noexcept = default;
sha256_digest& sha256_digest::operator=(sha256_digest&&) noexcept = default;

void sha256_digest::restart() noexcept {
    ensure(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256 is there");
}

void sha256_digest::add(std::string_view bytes) noexcept {
    ensure(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1, "a digest grows");
}

std::string sha256_digest::to_hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ensure(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1, "a digest ends");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace callstream
