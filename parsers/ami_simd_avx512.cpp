// Compiled with -mavx512f -mavx512bw -mavx512vbmi -mavx512vbmi2 -mbmi -mbmi2 -mpopcnt.
#include <immintrin.h>

#include "parsers/ami_simd.h"
#include "parsers/header_match_loop.h"
#include "parsers/line_scan_loop.h"

namespace callstream::parsers {

namespace {

alignas(64) constexpr unsigned char indexes[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
    44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};

class avx512 {
public:
    byte_marks marks_of(const char* bytes) noexcept {
        const __m512i block = _mm512_loadu_si512(bytes);
        seen_ = _mm512_or_si512(seen_, block);
        return {_mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n')),
                _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\r'))};
    }

    std::uint64_t high() const noexcept { return _mm512_movepi8_mask(seen_); }

    // A block holds at most 32 line ends: sixteen at a time, of which there are seldom more.
    static void write_offsets(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) noexcept {
        const __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_load_si512(indexes));
        const __m512i bases = _mm512_set1_epi32(static_cast<int>(base));
        const __m512i first = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(packed));
        _mm512_storeu_si512(out, _mm512_add_epi32(bases, first));
        if (__builtin_popcountll(bits) > 16) {
            const __m512i second = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(packed, 1));
            _mm512_storeu_si512(out + 16, _mm512_add_epi32(bases, second));
        }
    }

    // Not its members' functions, which are the standard library's.
    static bool begins(const name_entry& entry, const char* wire) noexcept {
        const auto* const parts = reinterpret_cast<const __m256i*>(&entry);
        const __m256i name = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(wire));
        const __m256i different = _mm256_xor_si256(name, _mm256_load_si256(parts));
        return _mm256_testz_si256(different, _mm256_load_si256(parts + 1)) != 0;
    }

private:
    __m512i seen_ = _mm512_setzero_si512();
};

}  // namespace

std::size_t scan_lines_avx512(const char* message, std::size_t end, line_scan& scan,
                              std::uint32_t* line_feeds) noexcept {
    return scan_lines<avx512>(message, end, scan, line_feeds);
}

std::size_t match_headers_avx512(const header_match& match, std::size_t count) noexcept {
    return match_headers<avx512>(match, count);
}

}  // namespace callstream::parsers
