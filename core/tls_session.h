// TLS 1.2 or later for one connection, without a socket: encrypted bytes are fed and taken, plain
// bytes are read and written. The only header over OpenSSL's TLS.
//
// After every call view_output() may have grown; whoever owns the socket sends it (handshake,
// alerts and key updates answer reads, too).
//
// Lifetime: one session for each connection. Views of output die with the next call.
// Threads:  one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/tls_settings.h"

struct ssl_st;
struct ssl_ctx_st;
struct x509_store_ctx_st;

namespace callstream {

class tls_session {
public:
    tls_session() = default;
    tls_session(const tls_session&) = delete;
    tls_session& operator=(const tls_session&) = delete;

    // Reads the files that `settings` names and begins the handshake. Fails with bad_config.
    result<void> start_client(const tls_settings& settings, const std::string& host);

    // The other side: begins to wait for a client, with a context of tls_server.h.
    void start_server(ssl_ctx_st* context);

    // Bytes that came from the peer. Then call handshake() until it is true, then read().
    void feed(std::string_view encrypted);
    // Whether the handshake is done. Fails with tls, or wrong_protocol if the peer speaks no TLS.
    result<bool> handshake();
    // How many bytes were put at the start of `plain`; 0 means that more must be fed first.
    // Fails with disconnected when the peer ended the session.
    result<std::size_t> read(std::span<char> plain);
    result<void> write(std::string_view plain);
    void shut_down() noexcept;

    std::string_view view_output() const noexcept;
    void clear_output() noexcept;

    // What went wrong, in words for an operator: OpenSSL's, the file's or the certificate's name.
    const std::string& detail() const noexcept { return detail_; }

private:
    struct context_free {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    struct session_free {
        void operator()(ssl_st* session) const noexcept;
    };

    result<void> load(const tls_settings& settings);
    void attach_memory();
    result<void> name_peer(const std::string& name);
    bool verify_peer(x509_store_ctx_st* chain);
    tl::unexpected<error> fail(errc code, std::string_view what, std::string_view about = {});
    tl::unexpected<error> fail_handshake();

    std::unique_ptr<ssl_ctx_st, context_free> context_;
    std::unique_ptr<ssl_st, session_free> session_;
    tls_verify verify_ = tls_verify::full;
    std::string pin_;  // upper case hex without colons
    std::string detail_;
    std::string_view refusal_;  // why verify_peer() said no
    bool heard_ = false;        // the peer has sent something
    bool is_tls_ = true;        // and it began like TLS
};

}  // namespace callstream
