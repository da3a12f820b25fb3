#include "parsers/text_decoder.h"

#include <algorithm>
#include <cstddef>

#include "core/ensure.h"

namespace callstream::parsers {

namespace {

// As iconv_open() says it.
bool has_failed(iconv_t opened) noexcept {
    return reinterpret_cast<std::intptr_t>(opened) == -1;
}

iconv_t conversion_from(charset from) noexcept {
    switch (from) {
        case charset::guessed:
        case charset::utf8:
            return nullptr;
        case charset::latin1:
            return iconv_open("UTF-8", "ISO-8859-1");
        case charset::cp1251:
            return iconv_open("UTF-8", "CP1251");
        case charset::gbk:
            return iconv_open("UTF-8", "GB18030");
    }
    return nullptr;
}

bool is_ascii(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(),
                        [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

}  // namespace

text_decoder::text_decoder(charset from)
    : stray_(from == charset::guessed ? stray_byte::latin1 : stray_byte::escaped),
      conversion_(conversion_from(from)) {
    ensure(!has_failed(conversion_), "the C library's character sets are installed with it");
}

text_decoder::~text_decoder() {
    if (conversion_ != nullptr) iconv_close(conversion_);
}

bool text_decoder::keeps(std::string_view text) const noexcept {
    return conversion_ == nullptr ? is_utf8(text) : is_ascii(text);
}

char* text_decoder::decode(std::string_view text, char* out) noexcept {
    if (conversion_ == nullptr) return repair_utf8(text, stray_, out);
    while (!text.empty()) {
        char* in = const_cast<char*>(text.data());  // iconv's own lack of const
        std::size_t in_size = text.size();
        std::size_t out_size = repair_growth_max * text.size();
        // Stops in front of what is no character; all of these sets are without state.
        iconv(conversion_, &in, &in_size, &out, &out_size);
        text.remove_prefix(text.size() - in_size);
        if (text.empty()) break;
        out = write_stray(static_cast<unsigned char>(text.front()), stray_byte::escaped, out);
        text.remove_prefix(1);
    }
    return out;
}

}  // namespace callstream::parsers
