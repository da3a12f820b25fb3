// What tls_session and the HTTP client ask of a peer's certificate, and how they say what is wrong
// with it.
//
// Threads: any.
#pragma once

#include <string>
#include <string_view>

struct x509_st;
struct X509_VERIFY_PARAM_st;

namespace callstream {

// Upper case, without colons or spaces.
std::string to_upper_hex(std::string_view pin);
bool is_sha256_hex(std::string_view hex);

// SHA-256 of its DER form, upper case hex; empty where there is no certificate.
std::string fingerprint_of(const x509_st* certificate);

// Whether `name` is an IP address, which certificates and SNI treat in another way than names.
bool is_address(const std::string& name);
// From now on the certificate must be for that host name or address. False if it cannot be one.
bool expect_name(X509_VERIFY_PARAM_st* parameters, const std::string& name);

// OpenSSL's verification error in words for an operator.
std::string_view refusal_of(int verify_error) noexcept;

}  // namespace callstream
