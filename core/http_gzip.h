// Unpacks an answer's gzip piece by piece, and knows whether it came to its end: libcurl, which
// could unpack as well, takes one that was cut off for a whole one.
//
// Lifetime: a piece of output is valid until the function that it is given to returns.
// Threads:  one.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "core/result.h"

namespace callstream {

class http_gzip {
public:
    using taker = std::function<result<void>(std::string_view piece)>;

    http_gzip();
    ~http_gzip();
    http_gzip(const http_gzip&) = delete;
    http_gzip& operator=(const http_gzip&) = delete;

    // Fails with malformed for what is no gzip, and with what `take` fails with.
    result<void> add(std::string_view packed, const taker& take);
    // Nothing came at all, or all of it.
    bool complete() const noexcept { return complete_; }

private:
    struct stream;

    std::unique_ptr<stream> stream_;
    bool complete_ = true;
};

}  // namespace callstream
