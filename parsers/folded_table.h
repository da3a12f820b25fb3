// Names whose case, '_' and '-' do not count, to what they mean; hashed at compile time.
//
// Threads: tables are constants.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "parsers/name_entry.h"

namespace callstream::parsers {

// A name in lower case without '_' and '-'; too long ones are nobody's.
class folded_name {
public:
    explicit constexpr folded_name(std::string_view name) noexcept {
        if (name.size() > size_max) return;
        for (const char c : name) {
            if (c == '_' || c == '-') continue;
            bytes_[size_++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        }
    }
    constexpr std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    constexpr std::uint64_t hash() const noexcept { return hash_name(bytes_.data(), size_); }

private:
    static constexpr std::size_t size_max = 32;
    std::array<char, size_max> bytes_{};
    std::size_t size_ = 0;
};

template <class Value>
struct folded_row {
    std::string_view name;
    Value value;
};

template <class Value, std::size_t RowCount>
class folded_table {
public:
    explicit constexpr folded_table(const folded_row<Value> (&rows)[RowCount]) {
        for (std::size_t i = 0; i < RowCount; ++i) {
            const folded_name name(rows[i].name);
            std::size_t slot = name.hash() % slots_.size();
            for (; slots_[slot] != 0; slot = (slot + 1) % slots_.size()) {
                if (rows_[slots_[slot] - 1].name == rows[i].name) duplicate_name();
            }
            rows_[i] = rows[i];
            slots_[slot] = static_cast<std::uint8_t>(i + 1);
        }
    }

    // Null when nobody has that name.
    constexpr const Value* find(const folded_name& name) const noexcept {
        std::size_t slot = name.hash() % slots_.size();
        for (; slots_[slot] != 0; slot = (slot + 1) % slots_.size()) {
            const folded_row<Value>& row = rows_[slots_[slot] - 1];
            if (row.name == name.view()) return &row.value;
        }
        return nullptr;
    }

private:
    static_assert(RowCount < 128, "most names are found at the first look");
    static void duplicate_name() {}  // not constexpr: calling it while a table is made is an error

    std::array<folded_row<Value>, RowCount> rows_{};
    std::array<std::uint8_t, 256> slots_{};
};

}  // namespace callstream::parsers
