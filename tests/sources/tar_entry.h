// Tars for tests.
//
// Threads: any.
#pragma once

#include <string>

namespace callstream::test {

// One file of a tar, as tar itself writes it.
inline std::string tar_entry(const std::string& name, const std::string& bytes) {
    std::string header(512, '\0');
    const auto put = [&header](std::size_t at, const std::string& text) {
        header.replace(at, text.size(), text);
    };
    std::string size = "00000000000";
    for (std::size_t i = size.size(), rest = bytes.size(); rest > 0; rest /= 8)
        size[--i] = static_cast<char>('0' + rest % 8);
    put(0, name);
    put(100, "0000644");
    put(108, "0000000");
    put(116, "0000000");
    put(124, size);
    put(136, "00000000000");
    put(148, "        ");
    put(156, "0");
    put(257, std::string("ustar\00000", 8));
    unsigned sum = 0;
    for (const char letter : header)
        sum += static_cast<unsigned char>(letter);
    std::string octal = "000000";
    for (std::size_t i = 6; sum > 0; sum /= 8)
        octal[--i] = static_cast<char>('0' + sum % 8);
    put(148, octal + std::string(1, '\0') + " ");
    return header + bytes + std::string((512 - bytes.size() % 512) % 512, '\0');
}

}  // namespace callstream::test
