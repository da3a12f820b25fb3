// The files of the wallboard page, carried in the program: sinks/web/*, embedded by CMake.
//
// Lifetime: the program's.
// Threads:  any.
#pragma once

#include <span>
#include <string_view>

namespace callstream::sinks {

struct web_asset {
    std::string_view name;  // "wallboard.js"; the page itself is wallboard.html
    std::string_view content_type;
    std::string_view etag;  // with its quotes
    std::string_view body;
};

std::span<const web_asset> web_assets() noexcept;

// What the page needs and nothing more: its own files and its own server. To be sent with each of
// them; the tests of the page run under it.
inline constexpr std::string_view web_content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

}  // namespace callstream::sinks
