#include "parsers/line_scan.h"

#include <array>

#include "parsers/line_scan_loop.h"
#include "parsers/line_scan_variants.h"

namespace callstream::parsers {

namespace {

struct portable {
    static byte_marks marks_of(const char* bytes) noexcept {
        byte_marks marks{};
        for (std::size_t i = 0; i < 64; ++i) {
            const auto byte = static_cast<unsigned char>(bytes[i]);
            marks.line_feed |= std::uint64_t{byte == '\n'} << i;
            marks.carriage_return |= std::uint64_t{byte == '\r'} << i;
            marks.high |= std::uint64_t{byte >= 0x80} << i;
        }
        return marks;
    }

    static void write_offsets(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) noexcept {
        for (; bits != 0; bits &= bits - 1) {
            *out++ = base + static_cast<std::uint32_t>(__builtin_ctzll(bits));
        }
    }
};

constexpr std::array variants {
#if defined(__x86_64__)
    scan_lines_variant{"avx512", scan_lines_avx512}, scan_lines_variant{"avx2", scan_lines_avx2},
#endif
        scan_lines_variant{"portable", scan_lines<portable>},
};

// How many of the first variants this processor cannot run.
std::size_t unsupported_count() noexcept {
#if defined(__x86_64__)
    const bool bit_instructions = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                                  __builtin_cpu_supports("popcnt");
    if (!bit_instructions || !__builtin_cpu_supports("avx2")) return 2;
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vbmi") &&
                        __builtin_cpu_supports("avx512vbmi2");
    return avx512 ? 0 : 1;
#else
    return 0;
#endif
}

}  // namespace

std::span<const scan_lines_variant> scan_lines_variants() noexcept {
    return std::span(variants).subspan(unsupported_count());
}

}  // namespace callstream::parsers
