// What reads a file of tests/data, by its ending.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>

#include "parsers/cdr_decoder.h"

namespace callstream::test {

// Nothing of a file that is no list of CDRs.
inline std::optional<parsers::cdr_format> format_of(const std::filesystem::path& file) {
    using parsers::cdr_format_names;
    if (!file.has_extension()) return std::nullopt;
    const std::string ending = file.extension().string().substr(1);
    const auto found = std::find(cdr_format_names.begin(), cdr_format_names.end(), ending);
    if (found == cdr_format_names.end()) return std::nullopt;
    return static_cast<parsers::cdr_format>(found - cdr_format_names.begin());
}

}  // namespace callstream::test
