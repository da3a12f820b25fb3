// A PBX's text, in the character set that its operator says it speaks, as UTF-8; no byte is lost.
//
// Lifetime: none of the text is kept.
// Threads:  one at a time each.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <iconv.h>

#include "parsers/text_repair.h"

namespace callstream::parsers {

enum class charset : std::uint8_t {
    guessed,  // UTF-8; what is not is taken for ISO 8859-1, byte by byte
    utf8,     // what is not is escaped: \xFC
    latin1,
    cp1251,
    gbk  // and its superset GB 18030
};
inline constexpr std::array<std::string_view, 5> charset_names{"guessed", "utf-8", "latin-1",
                                                               "cp1251", "gbk"};

class text_decoder {
public:
    explicit text_decoder(charset from);
    ~text_decoder();
    text_decoder(const text_decoder&) = delete;
    text_decoder& operator=(const text_decoder&) = delete;

    // Whether this is UTF-8 and means what it says. ASCII always is; a text of two GBK characters
    // may look like UTF-8 by chance.
    bool keeps(std::string_view text) const noexcept;

    // As repair_utf8(): writes to `out`, which has room for repair_growth_max times the size, and
    // returns the end. A byte that is no character of the set is escaped.
    char* decode(std::string_view text, char* out) noexcept;

private:
    stray_byte stray_;
    iconv_t conversion_;  // null for UTF-8
};

}  // namespace callstream::parsers
