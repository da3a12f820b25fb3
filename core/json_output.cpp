#include "core/json_output.h"

#include <array>
#include <bit>
#include <cstdint>

#include <emmintrin.h>

namespace callstream {

namespace {

// What stands behind the backslash for each byte that needs one; 'u' for \u00XX.
constexpr auto escapes = [] {
    std::array<char, 256> table{};
    for (std::size_t byte = 0; byte < 0x20; ++byte)
        table[byte] = 'u';
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

constexpr std::string_view hex_digits = "0123456789ABCDEF";
constexpr std::size_t escape_size_max = 6;

char* put_escape(unsigned char byte, char* out) noexcept {
    *out++ = '\\';
    *out++ = escapes[byte];
    if (escapes[byte] == 'u') {
        *out++ = '0';
        *out++ = '0';
        *out++ = hex_digits[byte >> 4];
        *out++ = hex_digits[byte & 15];
    }
    return out;
}

}  // namespace

std::size_t copy_unescaped(const char* bytes, std::size_t size, char* room) noexcept {
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    std::size_t i = 0;
    for (; i + 16 <= size; i += 16) {
        const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(room + i), block);
        const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
        const __m128i special = _mm_or_si128(
            control, _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash)));
        const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(special));
        if (mask != 0) return i + static_cast<std::size_t>(std::countr_zero(mask));
    }
    for (; i < size; ++i) {
        if (escapes[static_cast<unsigned char>(bytes[i])] != 0) return i;
        room[i] = bytes[i];
    }
    return i;
}

void json_writer::put_text(std::string_view piece) {
    if (!output_.reserve(piece.size() * escape_size_max)) return;
    char* out = output_.cursor();
    for (std::size_t done = 0; done < piece.size();) {
        const std::size_t plain = copy_unescaped(piece.data() + done, piece.size() - done, out);
        out += plain;
        done += plain;
        if (done == piece.size()) break;
        out = put_escape(static_cast<unsigned char>(piece[done]), out);
        ++done;
    }
    output_.advance(static_cast<std::size_t>(out - output_.cursor()));
}

void json_writer::text(std::string_view value) {
    if (value.data() == nullptr) {
        Null();
        return;
    }
    begin_text();
    put_text(value);
    end_text();
}

}  // namespace callstream
