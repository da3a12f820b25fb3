// Globs: * stands for any characters, ? for one.
#pragma once

#include <string_view>

namespace callstream {

// Whether all of `value` is as `pattern` says; linear in the sizes' product at worst.
bool matches_glob(std::string_view pattern, std::string_view value) noexcept;

}  // namespace callstream
