// Names as words of eight bytes, so that they are hashed and compared without a loop over bytes.
//
// Threads: constants, and functions without state.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace callstream::parsers {

static_assert(std::endian::native == std::endian::little, "names are compared in words");

constexpr std::uint64_t load_word(const char* from) noexcept {
    std::uint64_t word = 0;
    if (std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < sizeof word; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
        }
    } else {
        std::memcpy(&word, from, sizeof word);
    }
    return word;
}

// Of the first and the last word: names that agree in both and in size are next to each other.
constexpr std::uint64_t hash_name(const char* name, std::size_t size) noexcept {
    constexpr std::uint64_t lower = 0x2020'2020'2020'2020;
    const std::uint64_t mask = size >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
    const std::uint64_t first = (load_word(name) & mask) | lower;
    const std::uint64_t last = (load_word(name + (size > 8 ? size - 8 : 0)) & mask) | lower;
    const std::uint64_t mixed =
        first * 0x9e37'79b9'7f4a'7c15 + std::rotl(last * 0xc2b2'ae3d'27d4'eb4f, 32) + size;
    return mixed ^ (mixed >> 29);
}

// What a name begins with on the wire: all of most names, and as much as fits a cache line.
struct alignas(64) name_entry {
    std::array<std::uint64_t, 4> words{};
    std::array<std::uint64_t, 4> cared{};  // the bits that count

    constexpr bool begins(const char* wire) const noexcept {
        std::uint64_t different = 0;
        for (std::size_t i = 0; i < words.size(); ++i) {
            different |= (words[i] ^ load_word(wire + 8 * i)) & cared[i];
        }
        return different == 0;
    }
};

inline constexpr std::size_t name_whole_size = sizeof(name_entry::words);

// The last word of a name that is longer than an entry.
struct name_tail {
    std::uint64_t word = 0;
    std::uint64_t cared = 0;

    constexpr bool begins(const char* wire) const noexcept {
        return ((word ^ load_word(wire)) & cared) == 0;
    }
};

// Bytes that must be readable from a name's begin on.
inline constexpr std::size_t name_padded_size = name_whole_size + sizeof(name_tail::word);

}  // namespace callstream::parsers
