#include "parsers/byte_marks.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <array>

namespace callstream::parsers {

namespace {

void find_marks_portable(const char* bytes, std::span<byte_marks> out) noexcept {
    for (byte_marks& marks : out) {
        marks = {};
        for (std::size_t i = 0; i < byte_marks::block_size; ++i) {
            const auto byte = static_cast<unsigned char>(*bytes++);
            marks.line_feed |= std::uint64_t{byte == '\n'} << i;
            marks.carriage_return |= std::uint64_t{byte == '\r'} << i;
            marks.colon |= std::uint64_t{byte == ':'} << i;
            marks.high |= std::uint64_t{byte >= 0x80} << i;
        }
    }
}

#if defined(__x86_64__)

[[gnu::always_inline]] inline std::uint64_t mask_of(__m128i bytes) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
}

void find_marks_sse2(const char* bytes, std::span<byte_marks> out) noexcept {
    const __m128i line_feed = _mm_set1_epi8('\n');
    const __m128i carriage_return = _mm_set1_epi8('\r');
    const __m128i colon = _mm_set1_epi8(':');
    for (byte_marks& marks : out) {
        marks = {};
        for (unsigned shift = 0; shift < byte_marks::block_size; shift += 16, bytes += 16) {
            const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
            marks.line_feed |= mask_of(_mm_cmpeq_epi8(part, line_feed)) << shift;
            marks.carriage_return |= mask_of(_mm_cmpeq_epi8(part, carriage_return)) << shift;
            marks.colon |= mask_of(_mm_cmpeq_epi8(part, colon)) << shift;
            marks.high |= mask_of(part) << shift;
        }
    }
}

[[gnu::target("avx2")]] inline std::uint64_t mask_of(__m256i low, __m256i high) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

[[gnu::target("avx2")]] void find_marks_avx2(const char* bytes,
                                             std::span<byte_marks> out) noexcept {
    const __m256i line_feed = _mm256_set1_epi8('\n');
    const __m256i carriage_return = _mm256_set1_epi8('\r');
    const __m256i colon = _mm256_set1_epi8(':');
    for (byte_marks& marks : out) {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
        marks.line_feed =
            mask_of(_mm256_cmpeq_epi8(low, line_feed), _mm256_cmpeq_epi8(high, line_feed));
        marks.carriage_return = mask_of(_mm256_cmpeq_epi8(low, carriage_return),
                                        _mm256_cmpeq_epi8(high, carriage_return));
        marks.colon = mask_of(_mm256_cmpeq_epi8(low, colon), _mm256_cmpeq_epi8(high, colon));
        marks.high = mask_of(low, high);
        bytes += byte_marks::block_size;
    }
}

constexpr std::array variants{find_marks_variant{"avx2", find_marks_avx2},
                              find_marks_variant{"sse2", find_marks_sse2},
                              find_marks_variant{"portable", find_marks_portable}};

#else

constexpr std::array variants{find_marks_variant{"portable", find_marks_portable}};

#endif

}  // namespace

std::span<const find_marks_variant> find_marks_variants() noexcept {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx2")) return std::span(variants).subspan(1);
#endif
    return variants;
}

}  // namespace callstream::parsers
