// Compiled with -mavx2 -mbmi -mbmi2 -mpopcnt.
#include <immintrin.h>

#include "parsers/ami_simd.h"
#include "parsers/header_match_loop.h"
#include "parsers/line_scan_loop.h"

namespace callstream::parsers {

namespace {

std::uint64_t mask_of(__m256i low, __m256i high) noexcept {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32;
}

class avx2 {
public:
    byte_marks marks_of(const char* bytes) noexcept {
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
        const __m256i line_feed = _mm256_set1_epi8('\n');
        const __m256i carriage_return = _mm256_set1_epi8('\r');
        seen_ = _mm256_or_si256(seen_, _mm256_or_si256(low, high));
        return {mask_of(_mm256_cmpeq_epi8(low, line_feed), _mm256_cmpeq_epi8(high, line_feed)),
                mask_of(_mm256_cmpeq_epi8(low, carriage_return),
                        _mm256_cmpeq_epi8(high, carriage_return))};
    }

    std::uint64_t high() const noexcept {
        return static_cast<std::uint32_t>(_mm256_movemask_epi8(seen_));
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

    // Not its members' functions, which are the standard library's.
    static bool begins(const name_entry& entry, const char* wire) noexcept {
        const auto* const parts = reinterpret_cast<const __m256i*>(&entry);
        const __m256i name = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(wire));
        const __m256i different = _mm256_xor_si256(name, _mm256_load_si256(parts));
        return _mm256_testz_si256(different, _mm256_load_si256(parts + 1)) != 0;
    }

private:
    __m256i seen_ = _mm256_setzero_si256();
};

}  // namespace

std::size_t scan_lines_avx2(const char* message, std::size_t end, line_scan& scan,
                            std::uint32_t* line_feeds) noexcept {
    return scan_lines<avx2>(message, end, scan, line_feeds);
}

std::size_t match_headers_avx2(const header_match& match, std::size_t count) noexcept {
    return match_headers<avx2>(match, count);
}

}  // namespace callstream::parsers
