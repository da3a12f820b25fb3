#include "core/tls_certificate.h"

#include <array>

#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

namespace callstream {

namespace {

constexpr std::size_t sha256_hex_size = 64;

}  // namespace

std::string to_upper_hex(std::string_view pin) {
    std::string hex;
    for (const char c : pin) {
        if (c == ':' || c == ' ') continue;
        hex += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return hex;
}

bool is_sha256_hex(std::string_view hex) {
    return hex.size() == sha256_hex_size &&
           hex.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

std::string fingerprint_of(const x509_st* certificate) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
        return {};
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

bool is_address(const std::string& name) {
    std::array<unsigned char, sizeof(in6_addr)> parsed{};
    return inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 ||
           inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1;
}

bool expect_name(X509_VERIFY_PARAM_st* parameters, const std::string& name) {
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return is_address(name)
               ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1
               : X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) == 1;
}

std::string_view refusal_of(int verify_error) noexcept {
    switch (verify_error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the peer's certificate has expired";
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the peer's certificate is not valid yet";
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the peer's certificate is self-signed";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "the peer's certificate is for another host";
        default:
            return "the peer's certificate is not trusted";
    }
}

}  // namespace callstream
