// Values one behind the other as bytes, for what is kept over a restart: each as long as it says.
//
// Reading never leaves the bytes; what is missing or damaged makes ok() false, once and for all.
//
// Lifetime: text that was read views the bytes.
// Threads:  one.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include "core/event_data.h"

namespace callstream::parsers {

class field_writer {
public:
    void clear() noexcept { bytes_.clear(); }
    void resize(std::size_t size) { bytes_.resize(size); }
    std::size_t size() const noexcept { return bytes_.size(); }
    text view() const noexcept { return bytes_; }

    void put(text value) {
        put_raw(static_cast<std::uint16_t>(value.size()));
        bytes_.append(value);
    }
    void put(const party& who) {
        put(who.number);
        put(who.name);
        put(who.device);
    }
    void put(const std::optional<timestamp>& time) {
        put_raw(time ? std::int64_t{time->time_since_epoch().count()} : absent);
    }
    void put(std::uint32_t number) { put_raw(number); }

    static constexpr std::int64_t absent = std::numeric_limits<std::int64_t>::min();

private:
    template <class Number>
    void put_raw(Number number) {
        bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    }

    std::string bytes_;
};

class field_reader {
public:
    explicit field_reader(text bytes) noexcept : bytes_(bytes) {}

    bool ok() const noexcept { return ok_; }
    bool at_end() const noexcept { return bytes_.empty(); }

    text get_text() noexcept {
        const auto size = get_raw<std::uint16_t>();
        if (size > bytes_.size()) ok_ = false;
        if (!ok_) return {};
        const text value = bytes_.substr(0, size);
        bytes_.remove_prefix(size);
        return value;
    }
    party get_party() noexcept {
        party who;
        who.number = get_text();
        who.name = get_text();
        who.device = get_text();
        return who;
    }
    std::optional<timestamp> get_time() noexcept {
        const auto count = get_raw<std::int64_t>();
        if (!ok_ || count == field_writer::absent) return std::nullopt;
        return timestamp(duration(count));
    }
    std::uint32_t get_number() noexcept { return get_raw<std::uint32_t>(); }

private:
    template <class Number>
    Number get_raw() noexcept {
        Number number{};
        if (bytes_.size() < sizeof number) ok_ = false;
        if (!ok_) return number;
        std::memcpy(&number, bytes_.data(), sizeof number);
        bytes_.remove_prefix(sizeof number);
        return number;
    }

    text bytes_;
    bool ok_ = true;
};

}  // namespace callstream::parsers
