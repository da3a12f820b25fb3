#include "tests/support/certificates.h"

#include <array>
#include <cstdio>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "core/ensure.h"

namespace callstream::test {

namespace {

constexpr long day_seconds = 24 * 60 * 60;

void add_extension(X509* certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    ensure(extension != nullptr, "the extension's text is right");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

template <class Write>
void write_file(const std::string& path, Write write) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    ensure(file != nullptr && write(file) == 1, "a PEM file can be written");
    std::fclose(file);
}

}  // namespace

certificate::certificate(const certificate_wish& wish) : certificate(wish, nullptr) {}

certificate::certificate(const certificate_wish& wish, const certificate& issuer)
    : certificate(wish, &issuer) {}

certificate::certificate(const certificate_wish& wish, const certificate* issuer)
    : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    ensure(key_ != nullptr && certificate_ != nullptr, "a key can be made");
    static long serial = 0;
    X509_set_version(certificate_, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), wish.valid_from_days * day_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), wish.valid_to_days * day_seconds);
    X509_set_pubkey(certificate_, key_);
    const auto* name = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate_), "CN", MBSTRING_UTF8, name, -1,
                               -1, 0);
    const X509* signer = issuer != nullptr ? issuer->certificate_ : certificate_;
    X509_set_issuer_name(certificate_, X509_get_subject_name(signer));
    if (wish.is_ca) add_extension(certificate_, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate_, NID_subject_alt_name, wish.alternative_names);
    X509_sign(certificate_, issuer != nullptr ? issuer->key_ : key_, EVP_sha256());

    write_file(file(), [&](std::FILE* to) { return PEM_write_X509(to, certificate_); });
    write_file(key_file(), [&](std::FILE* to) {
        return PEM_write_PrivateKey(to, key_, nullptr, nullptr, 0, nullptr, nullptr);
    });
}

certificate::~certificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
}

std::string certificate::fingerprint() const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    X509_digest(certificate_, EVP_sha256(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
        std::array<char, 4> byte{};
        std::snprintf(byte.data(), byte.size(), "%s%02x", i == 0 ? "" : ":", digest[i]);
        text += byte.data();
    }
    return text;
}

}  // namespace callstream::test
