#include "core/tls_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include "core/ensure.h"
#include "core/log.h"

namespace callstream {

namespace {

constexpr unsigned char session_context[] = "callstream";

std::string version_of(const std::string& file) {
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0) return "-";
    return std::to_string(status.st_ino) + ' ' + std::to_string(status.st_size) + ' ' +
           std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec);
}

// It is shown all the same: a PBX that does not look at dates goes on.
void warn_if_expired(const SSL_CTX* context, const std::string& file) {
    const X509* shown = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notAfter(shown)) < 0)
        log_warn("the server's certificate has expired; clients may refuse it", {{"file", file}});
}

}  // namespace

void tls_server::context_free::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

tl::unexpected<error> tls_server::fail(std::string_view what, const std::string& file) {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    detail_ = file + ": " + (reason != nullptr ? reason : "no reason given");
    ERR_clear_error();
    return failure(errc::bad_config, what);
}

std::string tls_server::versions() const {
    return version_of(settings_.certificate_file) + '\n' + version_of(settings_.key_file) + '\n' +
           version_of(settings_.client_ca_file);
}

bool tls_server::has_changed() const {
    return versions() != loaded_versions_;
}

result<void> tls_server::load() {
    loaded_versions_ = versions();  // also of bad files, which are not tried again and again
    ERR_clear_error();
    std::unique_ptr<SSL_CTX, context_free> fresh(SSL_CTX_new(TLS_server_method()));
    ensure(fresh != nullptr, "a TLS context can be made");
    SSL_CTX* context = fresh.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_use_certificate_chain_file(context, settings_.certificate_file.c_str()) != 1)
        return fail("the certificate cannot be used", settings_.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, settings_.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return fail("the private key cannot be used", settings_.key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        return fail("the private key does not belong to the certificate", settings_.key_file);
    if (settings_.client != client_certificate::none) {
        const std::string& authority = settings_.client_ca_file;
        STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(authority.c_str());
        if (names == nullptr || SSL_CTX_load_verify_file(context, authority.c_str()) != 1) {
            sk_X509_NAME_pop_free(names, X509_NAME_free);
            return fail("the CA file of clients cannot be used", authority);
        }
        SSL_CTX_set_client_CA_list(context, names);
        // OpenSSL resumes no session that has no context once it asks for certificates.
        SSL_CTX_set_session_id_context(context, session_context, sizeof session_context);
        const bool required = settings_.client == client_certificate::required;
        SSL_CTX_set_verify(
            context, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0), nullptr);
    }
    warn_if_expired(context, settings_.certificate_file);
    context_ = std::move(fresh);
    detail_.clear();
    return {};
}

}  // namespace callstream
