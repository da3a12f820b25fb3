#include "core/json_escape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <emmintrin.h>

namespace callstream {

namespace {

constexpr std::size_t block_size = 16;

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

char escape_of(char byte) noexcept {
    return escapes[static_cast<unsigned char>(byte)];
}

char* put_escape(char byte, char* out) noexcept {
    const char escape = escape_of(byte);
    *out++ = '\\';
    *out++ = escape;
    if (escape == 'u') {
        *out++ = '0';
        *out++ = '0';
        *out++ = hex_digits[static_cast<unsigned char>(byte) >> 4];
        *out++ = hex_digits[static_cast<unsigned char>(byte) & 15];
    }
    return out;
}

// A bit for each byte that needs an escape.
std::uint32_t specials_in(__m128i block) noexcept {
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i special = _mm_or_si128(control, _mm_or_si128(quote, backslash));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(special));
}

__m128i copy_block(const char* from, char* out) noexcept {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out), block);
    return block;
}

template <class Word>
Word copy_word(const char* from, char* out) noexcept {
    Word word;
    std::memcpy(&word, from, sizeof word);
    std::memcpy(out, &word, sizeof word);
    return word;
}

// Text that has something to escape.
[[gnu::noinline]] char* put_special(std::string_view text, char* out) noexcept {
    const char* from = text.data();
    const char* const end = from + text.size();
    while (from != end) {
        if (static_cast<std::size_t>(end - from) >= block_size) {
            const std::uint32_t special = specials_in(copy_block(from, out));
            const auto plain =
                special == 0 ? block_size : static_cast<std::size_t>(std::countr_zero(special));
            from += plain;
            out += plain;
            if (special == 0) continue;
        }
        if (escape_of(*from) != 0)
            out = put_escape(*from++, out);
        else
            *out++ = *from++;
    }
    return out;
}

// Fewer bytes than a block, as two words that may overlap.
bool copy_short(std::string_view text, char* out) noexcept {
    const char* const from = text.data();
    const std::size_t size = text.size();
    if (size >= 8) {
        const auto first = copy_word<std::int64_t>(from, out);
        const auto last = copy_word<std::int64_t>(from + size - 8, out + size - 8);
        return specials_in(_mm_set_epi64x(last, first)) == 0;
    }
    if (size >= 4) {
        const auto first = copy_word<std::int32_t>(from, out);
        const auto last = copy_word<std::int32_t>(from + size - 4, out + size - 4);
        return specials_in(_mm_set_epi32(last, first, last, first)) == 0;
    }
    char special = 0;
    for (std::size_t i = 0; i < size; ++i) {
        out[i] = from[i];
        special = static_cast<char>(special | escape_of(from[i]));
    }
    return special == 0;
}

}  // namespace

char* put_escaped(std::string_view text, char* out) noexcept {
    const std::size_t size = text.size();
    if (size < block_size) {
        if (copy_short(text, out)) [[likely]]
            return out + size;
        return put_special(text, out);
    }
    std::uint32_t special = 0;
    std::size_t done = 0;
    for (; special == 0 && done + block_size <= size; done += block_size)
        special = specials_in(copy_block(text.data() + done, out + done));
    if (special == 0 && done < size) {
        // The last block overlaps the one before it.
        done = size - block_size;
        special = specials_in(copy_block(text.data() + done, out + done));
        done += block_size;
    }
    if (special == 0) [[likely]]
        return out + size;
    done -= block_size;
    return put_special(text.substr(done), out + done);
}

}  // namespace callstream
