// Turns the inside of a JSON string into the text it stands for.
#pragma once

#include <cstddef>
#include <string_view>

namespace callstream {

// Writes the text of `inside` (a JSON string without its quotes) to `out` as UTF-8 and returns its
// size, which is never more than that of `inside`. What is no JSON escape is copied as it stands;
// half of a surrogate pair becomes U+FFFD.
std::size_t unescape_json(std::string_view inside, char* out) noexcept;

}  // namespace callstream
