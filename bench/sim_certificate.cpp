#include "bench/sim_certificate.h"

#include <cstdio>
#include <memory>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace callstream::sim {

namespace {

constexpr long day_seconds = 24 * 60 * 60;

template <class Write>
bool write_file(const std::string& path, Write write) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return false;
    const bool written = write(file) == 1;
    return std::fclose(file) == 0 && written;
}

}  // namespace

bool write_certificate(const std::string& certificate, const std::string& key, long days) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"),
                                                                   EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    if (!pair || !made) return false;
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), days > 0 ? -day_seconds : -2 * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), days > 0 ? days * day_seconds : -day_seconds);
    X509_set_pubkey(made.get(), pair.get());
    X509_NAME* const name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("callstream-sim"), -1, -1, 0);
    X509_set_issuer_name(made.get(), name);
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
    if (names == nullptr) return false;
    X509_add_ext(made.get(), names, -1);
    X509_EXTENSION_free(names);
    if (X509_sign(made.get(), pair.get(), EVP_sha256()) == 0) return false;
    return write_file(certificate, [&](std::FILE* to) { return PEM_write_X509(to, made.get()); }) &&
           write_file(key, [&](std::FILE* to) {
               return PEM_write_PrivateKey(to, pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
           });
}

}  // namespace callstream::sim
