#include "core/http_failure.h"

#include <cerrno>

namespace callstream {

namespace {

error explain_timeout(const http_progress& progress) noexcept {
    if (!progress.connected) return {errc::timeout, "the host could not be connected to in time"};
    if (!progress.answered) return {errc::timeout, "the peer did not answer in time"};
    return {errc::timeout, "the answer did not end in time"};
}

error explain_connecting(int system_error) noexcept {
    if (system_error == ECONNREFUSED)
        return {errc::unreachable, "the peer refused the connection", system_error};
    return {errc::unreachable, "the host cannot be connected to", system_error};
}

}  // namespace

error explain_http_failure(CURLcode code, int system_error,
                           const http_progress& progress) noexcept {
    switch (code) {
        case CURLE_COULDNT_RESOLVE_HOST:
            return {errc::unreachable, "the host name cannot be resolved"};
        case CURLE_COULDNT_CONNECT:
            return explain_connecting(system_error);
        case CURLE_OPERATION_TIMEDOUT:
            return explain_timeout(progress);
        case CURLE_PEER_FAILED_VERIFICATION:
            return {errc::tls, "the peer's certificate is for another host"};
        case CURLE_SSL_CONNECT_ERROR:
            return {errc::tls, "the TLS handshake failed"};
        case CURLE_SSL_CACERT_BADFILE:
            return {errc::bad_config, "the CA file cannot be used"};
        case CURLE_SSL_CERTPROBLEM:
            return {errc::bad_config, "our certificate cannot be used"};
        case CURLE_URL_MALFORMAT:
            return {errc::bad_config, "the URL cannot be used"};
        case CURLE_GOT_NOTHING:
            return {errc::disconnected, "the peer closed the connection without an answer"};
        case CURLE_PARTIAL_FILE:
            return {errc::disconnected, "the answer ended before its end"};
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
            return {errc::disconnected, "the connection broke", system_error};
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return {errc::wrong_protocol, "the peer does not speak HTTP"};
        case CURLE_BAD_CONTENT_ENCODING:
            return {errc::malformed, "the answer's compression is broken"};
        case CURLE_FILESIZE_EXCEEDED:
            return {errc::too_large, "the answer is larger than allowed"};
        case CURLE_TOO_MANY_REDIRECTS:
            return {errc::refused, "the peer redirects too often"};
        default:
            return {errc::disconnected, "the request failed", static_cast<int>(code)};
    }
}

}  // namespace callstream
