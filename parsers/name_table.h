// Protocol names to enumerators without regard to case, hashed at compile time.
//
// On the wire a name is followed by a known byte. Comparing that byte too settles where the name
// ends, so that a guess is checked by comparing a few words, without having looked for its end.
//
// Threads: tables are constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "parsers/name_entry.h"

namespace callstream::parsers {

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

template <class Enum, std::size_t EnumeratorCount, Enum Unknown, char End>
class name_table {
public:
    template <std::size_t RowCount>
    explicit constexpr name_table(const name_row<Enum> (&rows)[RowCount]) {
        // Without a row: the empty name.
        entries_.fill({{static_cast<unsigned char>(End)}, {0xff}});
        for (const auto& row : rows)
            insert(row);
    }

    // By enumerator. A name whose size is below name_whole_size is in its entry with its End.
    const name_entry* entries() const noexcept { return entries_.data(); }
    const std::uint8_t* sizes() const noexcept { return sizes_.data(); }

    // `name` stands on the wire: End follows it, and name_padded_size bytes are readable.
    Enum find_on_wire(const char* name, std::size_t size) const noexcept {
        for (std::uint64_t hash = hash_name(name, size);; ++hash) {
            const std::uint16_t index = slots_[hash % slot_count];
            if (index == 0) return Unknown;
            if (begins_at(index, name)) return static_cast<Enum>(index);
        }
    }

    // Whether that name and End stand there, where name_padded_size bytes are readable.
    bool begins(Enum key, const char* wire) const noexcept {
        return begins_at(static_cast<std::size_t>(key), wire);
    }

    Enum find(std::string_view name) const noexcept {
        std::array<char, name_padded_size> padded{};
        if (name.empty() || name.size() >= padded.size()) return Unknown;
        std::memcpy(padded.data(), name.data(), name.size());
        padded[name.size()] = End;
        const Enum found = find_on_wire(padded.data(), name.size());
        // Whoever holds an End of its own is no name, though it may begin with one.
        return size_of(found) == name.size() ? found : Unknown;
    }

    constexpr std::string_view name_of(Enum key) const noexcept {
        return names_[static_cast<std::size_t>(key)];
    }
    constexpr std::size_t size_of(Enum key) const noexcept {
        return sizes_[static_cast<std::size_t>(key)];
    }

private:
    static constexpr std::size_t slot_count = 4096;
    static_assert(EnumeratorCount * 4 < slot_count, "most names are found at the first look");

    constexpr bool begins_at(std::size_t index, const char* wire) const noexcept {
        if (!entries_[index].begins(wire)) return false;
        return sizes_[index] < name_whole_size || tails_[index].begins(wire + name_whole_size);
    }

    // Not a constant expression, and so not compilable, where a name is too long or comes twice.
    constexpr void insert(const name_row<Enum>& row) {
        std::array<char, name_padded_size> padded{};
        for (std::size_t i = 0; i < row.name.size(); ++i)
            padded[i] = row.name[i];
        padded.at(row.name.size()) = End;
        const auto index = static_cast<std::uint16_t>(row.key);
        names_[index] = row.name;
        sizes_[index] = static_cast<std::uint8_t>(row.name.size());
        entries_[index] = {};
        for (std::size_t i = 0; i <= row.name.size(); ++i) {
            const auto byte = static_cast<unsigned char>(padded[i]);
            const char lower = static_cast<char>(padded[i] | 0x20);
            const unsigned bits = lower >= 'a' && lower <= 'z' ? 0xdf : 0xff;
            const bool in_entry = i < name_whole_size;
            auto& word = in_entry ? entries_[index].words[i / 8] : tails_[index].word;
            auto& cared = in_entry ? entries_[index].cared[i / 8] : tails_[index].cared;
            word |= std::uint64_t{byte} << (i % 8 * 8);
            cared |= std::uint64_t{bits} << (i % 8 * 8);
        }
        std::uint64_t hash = hash_name(padded.data(), row.name.size());
        for (; slots_[hash % slot_count] != 0; ++hash) {
            if (begins_at(slots_[hash % slot_count], padded.data())) duplicate_name();
        }
        slots_[hash % slot_count] = index;
    }

    static void duplicate_name() {}  // not constexpr: calling it while a table is made is an error

    std::array<name_entry, EnumeratorCount> entries_{};
    std::array<name_tail, EnumeratorCount> tails_{};
    std::array<std::uint8_t, EnumeratorCount> sizes_{};
    std::array<std::string_view, EnumeratorCount> names_{};
    std::array<std::uint16_t, slot_count> slots_{};
};

}  // namespace callstream::parsers
