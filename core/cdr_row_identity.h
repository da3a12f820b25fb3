// What makes a CDR row that one and no other, as a number: for finding the rows of an answer that
// came before. What a PBX adds later, such as the name of a recording, is no part of it.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/cdr_row.h"

namespace callstream {

// FNV-1a over fields, each ended by a byte that no text holds.
class field_hash {
public:
    field_hash& add(std::string_view field) noexcept {
        for (const char byte : field)
            add_byte(static_cast<unsigned char>(byte));
        add_byte(0xFF);
        return *this;
    }
    // In whole seconds: no record has a finer time in one way in and none in another.
    field_hash& add(const std::optional<duration>& field) noexcept {
        if (field) add_count(std::chrono::floor<std::chrono::seconds>(*field).count());
        add_byte(0xFE);
        return *this;
    }
    field_hash& add(const std::optional<timestamp>& field) noexcept {
        return add(field ? std::optional<duration>(field->time_since_epoch()) : std::nullopt);
    }
    std::uint64_t value() const noexcept { return value_; }

private:
    void add_count(std::int64_t count) noexcept {
        for (auto rest = static_cast<std::uint64_t>(count); rest > 0; rest >>= 8U)
            add_byte(static_cast<unsigned char>(rest));
    }
    void add_byte(unsigned char byte) noexcept {
        value_ ^= byte;
        value_ *= 0x100000001B3U;
    }

    std::uint64_t value_ = 0xCBF29CE484222325U;
};

inline std::uint64_t identity_of(const cdr_row& row) noexcept {
    field_hash hash;
    if (!row.key.empty()) return hash.add(row.key).value();
    hash.add(row.cdr_id)
        .add(row.call_id)
        .add(row.leg_id)
        .add(row.started_at)
        .add(row.calling.number)
        .add(row.called.number)
        .add(row.channel)
        .add(row.destination_channel)
        .add(row.duration_seconds)
        .add(row.billable_seconds)
        .add(name_of(row.disposition));
    if (row.alike > 0) hash.add(std::optional<duration>(std::chrono::seconds(row.alike)));
    return hash.value();
}

}  // namespace callstream
