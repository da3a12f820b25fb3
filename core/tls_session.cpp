#include "core/tls_session.h"

#include <climits>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "core/ensure.h"
#include "core/tls_certificate.h"

namespace callstream {

namespace {

constexpr char record_alert = 0x15;
constexpr char record_handshake = 0x16;

// The library's words for its last error, and its queue emptied for the next one.
std::string take_library_words() {
    const unsigned long code = ERR_peek_last_error();
    ERR_clear_error();
    const char* reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "no reason given";
}

// Names only: RFC 6066 has no addresses here. OpenSSL's macro for it casts in the old style.
bool indicate_server_name(SSL* session, const std::string& name) {
    return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                    const_cast<char*>(name.c_str())) == 1;
}

}  // namespace

void tls_session::context_free::operator()(ssl_ctx_st* context) const noexcept {
    SSL_CTX_free(context);
}

void tls_session::session_free::operator()(ssl_st* session) const noexcept {
    SSL_free(session);
}

tl::unexpected<error> tls_session::fail(errc code, std::string_view what, std::string_view about) {
    detail_ = take_library_words();
    if (!about.empty()) detail_ = std::string(about) + ": " + detail_;
    return failure(code, what);
}

result<void> tls_session::start_client(const tls_settings& settings, const std::string& host) {
    ERR_clear_error();
    verify_ = settings.verify;
    pin_ = to_upper_hex(settings.pin_sha256);
    if ((!pin_.empty() || verify_ == tls_verify::pin) && !is_sha256_hex(pin_)) {
        detail_ = "64 hex digits are needed";
        return failure(errc::bad_config, "the certificate pin is not a SHA-256 digest");
    }
    if (const auto loaded = load(settings); !loaded) return loaded;

    session_.reset(SSL_new(context_.get()));
    attach_memory();
    SSL_set_connect_state(session_.get());
    return name_peer(settings.server_name.empty() ? host : settings.server_name);
}

void tls_session::start_server(ssl_ctx_st* context) {
    ERR_clear_error();
    session_.reset(SSL_new(context));  // which keeps the context for as long as it lives
    attach_memory();
    SSL_set_accept_state(session_.get());
}

void tls_session::attach_memory() {
    BIO* received = BIO_new(BIO_s_mem());
    BIO* output = BIO_new(BIO_s_mem());
    ensure(session_ && received != nullptr && output != nullptr, "a TLS session can be made");
    SSL_set_bio(session_.get(), received, output);  // which owns them from now on
}

result<void> tls_session::load(const tls_settings& settings) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    ensure(context_ != nullptr, "a TLS context can be made");
    SSL_CTX* context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context,
        [](X509_STORE_CTX* chain, void* self) noexcept {
            return static_cast<tls_session*>(self)->verify_peer(chain) ? 1 : 0;
        },
        this);
    if (verify_ == tls_verify::full) {
        const bool trusted = settings.ca_file.empty()
                                 ? SSL_CTX_set_default_verify_paths(context) == 1
                                 : SSL_CTX_load_verify_file(context, settings.ca_file.c_str()) == 1;
        if (!trusted) return fail(errc::bad_config, "the CA file cannot be used", settings.ca_file);
    }
    if (settings.certificate_file.empty()) return {};
    if (SSL_CTX_use_certificate_chain_file(context, settings.certificate_file.c_str()) != 1)
        return fail(errc::bad_config, "our certificate cannot be used", settings.certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, settings.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return fail(errc::bad_config, "our private key cannot be used", settings.key_file);
    return {};
}

result<void> tls_session::name_peer(const std::string& name) {
    const bool named = expect_name(SSL_get0_param(session_.get()), name) &&
                       (is_address(name) || indicate_server_name(session_.get(), name));
    if (!named) return fail(errc::bad_config, "the server name cannot be used", name);
    return {};
}

// Runs inside handshake(), so that a refusal reaches the peer as an alert.
bool tls_session::verify_peer(x509_store_ctx_st* chain) {
    const std::string fingerprint = fingerprint_of(X509_STORE_CTX_get0_cert(chain));
    if (verify_ == tls_verify::full && X509_verify_cert(chain) != 1) {
        const int problem = X509_STORE_CTX_get_error(chain);
        refusal_ = refusal_of(problem);
        detail_ = X509_verify_cert_error_string(problem);
    } else if (!pin_.empty() && fingerprint != pin_) {
        refusal_ = "the peer's certificate is not the pinned one";
        X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    }
    if (refusal_.empty()) return true;
    detail_ += (detail_.empty() ? "its SHA-256 is " : "; its SHA-256 is ") + fingerprint;
    return false;
}

void tls_session::feed(std::string_view encrypted) {
    if (!heard_ && !encrypted.empty()) {
        heard_ = true;
        is_tls_ = encrypted.front() == record_handshake || encrypted.front() == record_alert;
    }
    ensure(encrypted.size() <= INT_MAX, "what is fed came from one read");
    const int size = static_cast<int>(encrypted.size());
    const int fed = BIO_write(SSL_get_rbio(session_.get()), encrypted.data(), size);
    ensure(fed == size, "memory takes all that is fed");
}

result<bool> tls_session::handshake() {
    if (!is_tls_) {
        detail_ = "its first byte starts no TLS record";
        return failure(errc::wrong_protocol, "the peer does not speak TLS");
    }
    ERR_clear_error();
    const int done = SSL_do_handshake(session_.get());
    if (done == 1) return true;
    if (SSL_get_error(session_.get(), done) == SSL_ERROR_WANT_READ) return false;
    return fail_handshake();
}

tl::unexpected<error> tls_session::fail_handshake() {
    if (refusal_.empty()) {
        // A server's refusal of a client's certificate; a client's own stands in refusal_.
        const long problem = SSL_get_verify_result(session_.get());
        return fail(errc::tls, "the TLS handshake failed",
                    problem == X509_V_OK ? "" : X509_verify_cert_error_string(problem));
    }
    ERR_clear_error();
    return failure(errc::tls, refusal_);
}

result<std::size_t> tls_session::read(std::span<char> plain) {
    ERR_clear_error();
    std::size_t size = 0;
    const int done = SSL_read_ex(session_.get(), plain.data(), plain.size(), &size);
    if (done == 1) return size;
    switch (SSL_get_error(session_.get(), done)) {
        case SSL_ERROR_WANT_READ:
            return std::size_t{0};
        case SSL_ERROR_ZERO_RETURN:
            return failure(errc::disconnected, "the peer closed the connection");
        default:
            return fail(errc::tls, "the TLS session broke");
    }
}

result<void> tls_session::write(std::string_view plain) {
    ERR_clear_error();
    while (!plain.empty()) {
        std::size_t size = 0;
        if (SSL_write_ex(session_.get(), plain.data(), plain.size(), &size) != 1)
            return fail(errc::tls, "the TLS session cannot be written to");
        plain.remove_prefix(size);
    }
    return {};
}

void tls_session::shut_down() noexcept {
    ERR_clear_error();
    SSL_shutdown(session_.get());
    ERR_clear_error();
}

std::string_view tls_session::view_output() const noexcept {
    char* begin = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(session_.get()), &begin);
    if (size <= 0) return {};
    return {begin, static_cast<std::size_t>(size)};
}

void tls_session::clear_output() noexcept {
    BIO_reset(SSL_get_wbio(session_.get()));
}

}  // namespace callstream
