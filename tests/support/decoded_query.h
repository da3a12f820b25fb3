// A URL or form as documents write it: without percent encoding.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callstream::test {

inline std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
    }
    return plain;
}

}  // namespace callstream::test
