// Payloads that are not the journal's own, kept for as long as a sink may send them.
//
// Lifetime: a payload is valid until release() passes the position that it was kept for.
// Threads:  one at a time. Memory grows to what a sink has in flight, and is used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

namespace callstream {

class kept_payloads {
public:
    // A copy, for the record that ends at `position_next`.
    std::string_view keep(std::string_view payload, std::uint64_t position_next);
    // Payloads of records that end at or before `position` are no longer used.
    void release(std::uint64_t position) noexcept;

private:
    struct chunk {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
        std::size_t used = 0;
        std::uint64_t position_last = 0;  // the highest that it holds a payload for
    };

    std::deque<chunk> chunks_;
    chunk spare_;
};

}  // namespace callstream
