// HTTP/1.x requests, parsed by Boost.Beast, which stays behind this header.
//
// A head is parsed once, when all of it is there; a body with a length is not touched; a chunked
// one is collected. What could be read in two ways is refused: two lengths, a length with a
// transfer coding, a coding other than chunked.
//
// Lifetime: head() views the bytes given to read_head(), until the next head is read.
// Threads:  one. Heads of all connections may be read by one parser; a body in chunks goes on with
//           the one that read its head.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "core/http_head.h"

namespace callstream {

// Finds the empty line that ends a head, however its bytes come, and looks at each byte once.
class head_finder {
public:
    // Size of the head that `pending` begins with, its empty line included; 0 until it is whole.
    // Call again with the same start and more bytes.
    std::size_t find(std::string_view pending) noexcept;
    void reset() noexcept { searched_ = line_begin_ = 0; }

private:
    std::size_t searched_ = 0;
    std::size_t line_begin_ = 0;
};

class http_parser {
public:
    http_parser();
    ~http_parser();
    http_parser(const http_parser&) = delete;
    http_parser& operator=(const http_parser&) = delete;

    // `bytes` is a whole head.
    tl::expected<void, http_refusal> read_head(std::string_view bytes);
    const http_head& head() const noexcept;

    // Decodes what is whole in `pending` and appends it to `body`; returns how much is done with.
    tl::expected<std::size_t, http_refusal> read_chunks(std::string_view pending, std::string& body,
                                                        std::size_t body_size_max);
    bool chunks_done() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream
