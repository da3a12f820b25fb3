// The certificate that a server shows, and which clients it asks for theirs. Can be loaded again
// while connections go on: they keep what they began with.
//
// Threads: the loop's.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"

struct ssl_ctx_st;

namespace callstream {

enum class client_certificate : std::uint8_t { none, optional, required };

struct tls_server_settings {
    std::string certificate_file{};  // chain, PEM
    std::string key_file{};
    client_certificate client = client_certificate::none;
    std::string client_ca_file{};  // who signs the clients' certificates
};

class tls_server {
public:
    explicit tls_server(const tls_server_settings& settings) : settings_(settings) {}
    tls_server(const tls_server&) = delete;
    tls_server& operator=(const tls_server&) = delete;

    // Reads all files; on failure (bad_config) what was loaded before stays.
    result<void> load();
    // Whether a file is not the one that was loaded.
    bool has_changed() const;
    ssl_ctx_st* context() const noexcept { return context_.get(); }
    // About the last failure: the file, and the library's words.
    const std::string& detail() const noexcept { return detail_; }

private:
    struct context_free {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    tl::unexpected<error> fail(std::string_view what, const std::string& file);
    std::string versions() const;  // of all files: size, time, number

    tls_server_settings settings_;
    std::unique_ptr<ssl_ctx_st, context_free> context_;
    std::string loaded_versions_;
    std::string detail_;
};

}  // namespace callstream
