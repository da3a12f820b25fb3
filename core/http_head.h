// What an HTTP request's head says, and how a request is refused.
//
// Lifetime: views into the head's bytes, valid until the request was handed over.
// Threads:  any.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/http_limits.h"

namespace callstream {

struct http_field {
    std::string_view name;
    std::string_view value;
};

// Why a request is answered with an error. `offset` counts bytes from the start of the part that
// is at fault: the head, or the body.
struct http_refusal {
    unsigned status = 400;
    std::string_view reason;  // static storage
    std::size_t offset = 0;
};

struct http_head {
    std::string_view method;
    std::string_view path;   // of the target, up to '?'
    std::string_view query;  // behind it
    bool is_1_1 = true;
    bool keep_alive = true;
    bool expects_continue = false;
    bool is_chunked = false;
    std::uint64_t content_length = 0;

    // The first value of a field, without regard to the case of its name; null if absent.
    std::string_view find(std::string_view name) const noexcept;
    std::span<const http_field> fields() const noexcept { return {all.data(), count}; }

    std::array<http_field, limits::http_field_count_max> all{};
    std::size_t count = 0;
};

// Whether two names or tokens are the same without regard to case.
bool same_token(std::string_view a, std::string_view b) noexcept;

// The undecoded value of a parameter of a query, such as a token; null if absent.
std::string_view query_value(std::string_view query, std::string_view name) noexcept;

}  // namespace callstream
