// Compiled with -mavx2 -mbmi -mbmi2 -mpopcnt.
#include <immintrin.h>

#include "parsers/line_scan_loop.h"
#include "parsers/line_scan_variants.h"

namespace callstream::parsers {

namespace {

std::uint64_t mask_of(__m256i low, __m256i high) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

struct avx2 {
    static byte_marks marks_of(const char* bytes) noexcept {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
        const __m256i line_feed = _mm256_set1_epi8('\n');
        const __m256i carriage_return = _mm256_set1_epi8('\r');
        return {mask_of(_mm256_cmpeq_epi8(low, line_feed), _mm256_cmpeq_epi8(high, line_feed)),
                mask_of(_mm256_cmpeq_epi8(low, carriage_return),
                        _mm256_cmpeq_epi8(high, carriage_return)),
                mask_of(low, high)};
    }

    static void write_offsets(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) noexcept {
        // Nearly always four are enough, and writing too many is cheaper than a wrong guess.
        for (int i = 0; i < 4; ++i, bits = _blsr_u64(bits)) {
            *out++ = base + static_cast<std::uint32_t>(_tzcnt_u64(bits));
        }
        for (; bits != 0; bits = _blsr_u64(bits)) {
            *out++ = base + static_cast<std::uint32_t>(_tzcnt_u64(bits));
        }
    }
};

}  // namespace

std::size_t scan_lines_avx2(const char* message, std::size_t end, line_scan& scan,
                            std::uint32_t* line_feeds) noexcept {
    return scan_lines<avx2>(message, end, scan, line_feeds);
}

}  // namespace callstream::parsers
