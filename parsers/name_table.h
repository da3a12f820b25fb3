// Protocol names to enumerators without regard to case, hashed at compile time.
//
// A look-up loads a few words of the name, hashes the first and the last, and compares all of it
// with one entry: no loop over bytes, no branch that depends on the name.
//
// Threads: tables are constants.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace callstream::parsers {

static_assert(std::endian::native == std::endian::little, "names are compared in words");

inline constexpr std::size_t name_word_count = 5;
inline constexpr std::size_t name_size_max = name_word_count * sizeof(std::uint64_t);

template <class Enum>
struct name_row {
    Enum key;
    std::string_view name;
};

// Every enumerator from `first` on has exactly one row.
template <class Enum, std::size_t RowCount>
constexpr bool names_are_complete(const name_row<Enum> (&rows)[RowCount], std::size_t first,
                                  std::size_t enumerator_count) {
    std::array<bool, RowCount> seen{};
    for (const auto& row : rows) {
        const auto index = static_cast<std::size_t>(row.key);
        if (index < first || index >= first + RowCount || seen[index - first]) return false;
        seen[index - first] = true;
    }
    return RowCount == enumerator_count - first;
}

// A name as the words that a look-up works on. Bytes behind the name are not looked at, but must
// be readable up to name_size_max.
class name_words {
public:
    constexpr name_words(const char* name, std::size_t size) noexcept : name_(name), size_(size) {}

    constexpr std::uint64_t word(std::size_t index) const noexcept {
        return load(name_ + index * sizeof(std::uint64_t));
    }

    constexpr std::uint64_t hash() const noexcept {
        const std::uint64_t first = (size_ < 8 ? load(name_) & first_bytes(size_) : load(name_));
        const std::uint64_t last = size_ < 8 ? first : load(name_ + size_ - 8);
        const std::uint64_t mixed = (first | lower) * 0x9e37'79b9'7f4a'7c15 +
                                    std::rotl((last | lower) * 0xc2b2'ae3d'27d4'eb4f, 32) + size_;
        return mixed ^ (mixed >> 29);
    }

    static constexpr std::uint64_t first_bytes(std::size_t size) noexcept {
        return size == 0 ? 0 : ~std::uint64_t{0} >> (64 - 8 * size);
    }

private:
    static constexpr std::uint64_t lower = 0x2020'2020'2020'2020;

    static constexpr std::uint64_t load(const char* from) noexcept {
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

    const char* name_;
    std::size_t size_;
};

template <class Enum, std::size_t EnumeratorCount, Enum Unknown>
class name_table {
public:
    template <std::size_t RowCount>
    explicit constexpr name_table(const name_row<Enum> (&rows)[RowCount]) {
        for (const auto& row : rows)
            insert(row);
    }

    // `name` has name_size_max readable bytes from its start on.
    Enum find_padded(std::string_view name) const noexcept {
        const name_words words(name.data(), name.size());
        for (std::uint64_t hash = words.hash();; ++hash) {
            const std::uint16_t index = slots_[hash % slot_count];
            if (index == 0) return Unknown;
            if (entries_[index].matches(words, name.size())) return static_cast<Enum>(index);
        }
    }

    Enum find(std::string_view name) const noexcept {
        std::array<char, name_size_max> padded{};
        if (name.empty() || name.size() > padded.size()) return Unknown;
        std::memcpy(padded.data(), name.data(), name.size());
        return find_padded({padded.data(), name.size()});
    }

    constexpr std::string_view name_of(Enum key) const noexcept {
        return entries_[static_cast<std::size_t>(key)].name;
    }

private:
    static constexpr std::size_t slot_count = 4096;
    static_assert(EnumeratorCount * 4 < slot_count, "most names are found at the first look");

    struct entry {
        std::array<std::uint64_t, name_word_count> words{};
        std::array<std::uint64_t, name_word_count> cared{};  // which bits of a name must agree
        std::string_view name;

        constexpr bool matches(const name_words& other, std::size_t size) const noexcept {
            std::uint64_t different = name.size() ^ size;
            for (std::size_t i = 0; i < name_word_count; ++i) {
                different |= (words[i] ^ other.word(i)) & cared[i];
            }
            return different == 0;
        }
    };

    // Not a constant expression, and so not compilable, where a name is too long or comes twice.
    constexpr void insert(const name_row<Enum>& row) {
        std::array<char, name_size_max> padded{};
        for (std::size_t i = 0; i < row.name.size(); ++i)
            padded[i] = row.name[i];
        const name_words words(padded.data(), row.name.size());
        const auto index = static_cast<std::uint16_t>(row.key);
        entry& added = entries_[index];
        added.name = row.name;
        for (std::size_t i = 0; i < row.name.size(); ++i) {
            const char c = static_cast<char>(row.name[i] | 0x20);
            const std::uint64_t bits = c >= 'a' && c <= 'z' ? 0xdf : 0xff;
            added.words[i / 8] |= std::uint64_t{static_cast<unsigned char>(row.name[i])}
                                  << (i % 8 * 8);
            added.cared[i / 8] |= bits << (i % 8 * 8);
        }
        std::uint64_t hash = words.hash();
        for (; slots_[hash % slot_count] != 0; ++hash) {
            if (entries_[slots_[hash % slot_count]].matches(words, row.name.size())) {
                duplicate_name();
            }
        }
        slots_[hash % slot_count] = index;
    }

    static void duplicate_name() {}  // not constexpr: calling it while a table is made is an error

    std::array<entry, EnumeratorCount> entries_{};
    std::array<std::uint16_t, slot_count> slots_{};
};

}  // namespace callstream::parsers
