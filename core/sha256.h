// SHA-256 of bytes that come in pieces.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace callstream {

class sha256_digest {
public:
    sha256_digest();
    ~sha256_digest();
    sha256_digest(sha256_digest&&) noexcept;
    sha256_digest& operator=(sha256_digest&&) noexcept;

    void restart() noexcept;
    void add(std::string_view bytes) noexcept;
    // 64 lower case hex digits; restart() before more is added.
    std::string to_hex();

private:
    struct context_free {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };
    std::unique_ptr<evp_md_ctx_st, context_free> context_;
};

}  // namespace callstream
