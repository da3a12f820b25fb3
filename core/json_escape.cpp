#include "core/json_escape.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include <emmintrin.h>

#if defined(__has_feature)
#define CALLSTREAM_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CALLSTREAM_HAS_FEATURE(feature) 0
#endif

namespace callstream {

namespace {

constexpr std::size_t block_size = 16;

// Whether the two blocks that a short text begins with can be loaded: what follows it on its page
// can be read, whatever it is. No for a null pointer. Sanitizers would object.
#if defined(__SANITIZE_ADDRESS__) || CALLSTREAM_HAS_FEATURE(address_sanitizer) || \
    defined(__SANITIZE_THREAD__) || CALLSTREAM_HAS_FEATURE(thread_sanitizer)
bool can_load_blocks(const char*) noexcept {
    return false;
}
#else
bool can_load_blocks(const char* from) noexcept {
    constexpr std::uintptr_t page_size = 4096;
    return (reinterpret_cast<std::uintptr_t>(from) - 1) % page_size < page_size - 2 * block_size;
}
#endif

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

// All ones for each byte that needs an escape.
__m128i specials(__m128i block) noexcept {
    const __m128i last_control = _mm_set1_epi8(0x1f);
    const __m128i control = _mm_cmpeq_epi8(_mm_max_epu8(block, last_control), last_control);
    const __m128i quote = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    const __m128i backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    return _mm_or_si128(control, _mm_or_si128(quote, backslash));
}

// A bit for each of them.
std::uint32_t specials_in(__m128i block) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(specials(block)));
}

__m128i load_block(const char* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
}

__m128i copy_block(const char* from, char* out) noexcept {
    const __m128i block = load_block(from);
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

// Bytes of all ones where an escape is needed; added up, minus one each.
std::size_t count_escapes(std::string_view text) noexcept {
    const char* const from = text.data();
    __m128i counts = _mm_setzero_si128();
    std::size_t done = 0;
    for (; done + block_size <= text.size(); done += block_size)
        counts = _mm_sub_epi8(counts, specials(load_block(from + done)));
    const __m128i sums = _mm_sad_epu8(counts, _mm_setzero_si128());
    auto count = static_cast<std::size_t>(_mm_cvtsi128_si64(sums)) +
                 static_cast<std::size_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
    for (; done < text.size(); ++done)
        count += std::size_t{escape_of(from[done]) != 0};
    return count;
}

std::size_t escaped_size(std::string_view text) noexcept {
    std::size_t size = 0;
    for (const char byte : text) {
        const char escape = escape_of(byte);
        size += escape == 0 ? 1 : escape == 'u' ? escape_growth_max : 2;
    }
    return size;
}

[[gnu::noinline]] char* put_escaped_exactly(std::string_view text, char* out) noexcept {
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

char* put_escaped(std::string_view text, char* out) noexcept {
    const std::size_t size = text.size();
    if (size <= 2 * block_size && can_load_blocks(text.data())) [[likely]] {
        std::uint64_t special = specials_in(copy_block(text.data(), out));
        if (size > block_size)
            special |=
                std::uint64_t{specials_in(copy_block(text.data() + block_size, out + block_size))}
                << block_size;
        const std::uint64_t inside = (std::uint64_t{1} << size) - 1;
        if ((special & inside) == 0) [[likely]]
            return out + size;
        return put_escaped_exactly(text, out);
    }
    if (size < block_size) {
        if (copy_short(text, out)) [[likely]]
            return out + size;
        return put_escaped_exactly(text, out);
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
    return put_escaped_exactly(text.substr(done), out + done);
}

}  // namespace callstream
