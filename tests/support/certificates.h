// Keys and certificates made for one test, in a directory that goes with it.
#pragma once

#include <string>

#include "tests/support/temporary_directory.h"

struct evp_pkey_st;
struct x509_st;

namespace callstream::test {

struct certificate_wish {
    std::string common_name = "callstream test";
    std::string alternative_names = "DNS:localhost,IP:127.0.0.1,IP:::1";
    int valid_from_days = -1;
    int valid_to_days = 1;
    bool is_ca = false;
};

// A certificate and its key, as files and as its SHA-256 fingerprint with colons.
class certificate {
public:
    explicit certificate(const certificate_wish& wish);  // self-signed
    certificate(const certificate_wish& wish, const certificate& issuer);
    ~certificate();
    certificate(const certificate&) = delete;
    certificate& operator=(const certificate&) = delete;

    std::string file() const { return directory_ / "certificate.pem"; }
    std::string key_file() const { return directory_ / "key.pem"; }
    std::string fingerprint() const;

private:
    certificate(const certificate_wish& wish, const certificate* issuer);

    temporary_directory directory_;
    evp_pkey_st* key_ = nullptr;
    x509_st* certificate_ = nullptr;
};

}  // namespace callstream::test
