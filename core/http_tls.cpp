#include "core/http_tls.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/tls_certificate.h"

namespace callstream {

http_tls::http_tls(const tls_settings& settings)
    : settings_(settings), pin_(to_upper_hex(settings.pin_sha256)) {}

void http_tls::apply(CURL* easy) {
    const bool verifies = settings_.verify != tls_verify::none;
    const bool by_name = settings_.verify == tls_verify::full && settings_.server_name.empty();
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verifies ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, by_name ? 2L : 0L);
    if (!settings_.ca_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, settings_.ca_file.c_str());
        curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // nobody else is trusted
        // A file that was replaced counts from the next connection on, not a day later.
        curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
    }
    if (!settings_.certificate_file.empty()) {
        curl_easy_setopt(easy, CURLOPT_SSLCERT, settings_.certificate_file.c_str());
        curl_easy_setopt(easy, CURLOPT_SSLKEY, settings_.key_file.c_str());
    }
    // A session that goes on in another connection is not verified again.
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &http_tls::on_context);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, this);
}

CURLcode http_tls::on_context(CURL*, void* context, void* self) {
    auto* tls = static_cast<SSL_CTX*>(context);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_cert_verify_callback(tls, &http_tls::on_chain, self);
    auto& owner = *static_cast<http_tls*>(self);
    owner.refusal_ = {};
    owner.detail_.clear();
    return CURLE_OK;
}

int http_tls::on_chain(x509_store_ctx_st* chain, void* self) noexcept {
    return static_cast<http_tls*>(self)->verify(chain) ? 1 : 0;
}

// Runs inside the handshake, so that a refusal reaches the peer as an alert.
bool http_tls::verify(x509_store_ctx_st* chain) {
    if (settings_.verify == tls_verify::none) return true;
    const std::string fingerprint = fingerprint_of(X509_STORE_CTX_get0_cert(chain));
    int problem = X509_V_OK;
    if (settings_.verify == tls_verify::full) {
        const bool named = settings_.server_name.empty() ||
                           expect_name(X509_STORE_CTX_get0_param(chain), settings_.server_name);
        if (!named || X509_verify_cert(chain) != 1) {
            problem = named ? X509_STORE_CTX_get_error(chain) : X509_V_ERR_HOSTNAME_MISMATCH;
            refusal_ = refusal_of(problem);
            detail_ = X509_verify_cert_error_string(problem);
        }
    }
    if (problem == X509_V_OK && !pin_.empty() && fingerprint != pin_) {
        problem = X509_V_ERR_APPLICATION_VERIFICATION;
        refusal_ = "the peer's certificate is not the pinned one";
    }
    X509_STORE_CTX_set_error(chain, problem);
    if (problem != X509_V_OK)
        detail_ += (detail_.empty() ? "its SHA-256 is " : "; its SHA-256 is ") + fingerprint;
    return problem == X509_V_OK;
}

}  // namespace callstream
