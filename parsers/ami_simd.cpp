#include "parsers/ami_simd.h"

#include <array>

#include "parsers/header_match_loop.h"
#include "parsers/line_scan_loop.h"

namespace callstream::parsers {

namespace {

class portable {
public:
    byte_marks marks_of(const char* bytes) noexcept {
        byte_marks marks{};
        for (std::size_t i = 0; i < 64; ++i) {
            const auto byte = static_cast<unsigned char>(bytes[i]);
            marks.line_feed |= std::uint64_t{byte == '\n'} << i;
            marks.carriage_return |= std::uint64_t{byte == '\r'} << i;
            seen_ |= byte;
        }
        return marks;
    }

    std::uint64_t high() const noexcept { return seen_ & 0x80U; }

    static void write_offsets(std::uint64_t bits, std::uint32_t base, std::uint32_t* out) noexcept {
        for (; bits != 0; bits &= bits - 1) {
            *out++ = base + static_cast<std::uint32_t>(__builtin_ctzll(bits));
        }
    }

    static bool begins(const name_entry& entry, const char* wire) noexcept {
        return entry.begins(wire);
    }

private:
    unsigned seen_ = 0;
};

constexpr std::array variants {
#if defined(__x86_64__)
    ami_simd{"avx512", scan_lines_avx512, match_headers_avx512},
        ami_simd{"avx2", scan_lines_avx2, match_headers_avx2},
#endif
        ami_simd{"portable", scan_lines<portable>, match_headers<portable>},
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

std::span<const ami_simd> ami_simd_variants() noexcept {
    return std::span(variants).subspan(unsupported_count());
}

}  // namespace callstream::parsers
