// Text of bounded size kept by value, for records that live in pools: assigning never allocates.
//
// What is too long is cut on a UTF-8 character boundary; the whole of it went out with the event
// that brought it. Empty means absent: view() is then the null text.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/event_data.h"

namespace callstream::parsers {

template <std::size_t Capacity>
class bounded_text {
public:
    static constexpr std::size_t capacity = Capacity;

    bounded_text() noexcept {}
    bounded_text(const bounded_text& other) noexcept { assign(other.view()); }
    bounded_text& operator=(const bounded_text& other) noexcept {
        assign(other.view());
        return *this;
    }

    void assign(text value) noexcept {
        size_ = static_cast<std::uint16_t>(fitting_size(value));
        std::copy_n(value.data(), size_, bytes_.data());
    }
    // Keeps what is known when `value` says nothing.
    void refine(text value) noexcept {
        if (!value.empty()) assign(value);
    }
    void clear() noexcept { size_ = 0; }
    bool empty() const noexcept { return size_ == 0; }
    text view() const noexcept { return empty() ? text() : text(bytes_.data(), size_); }

private:
    static std::size_t fitting_size(text value) noexcept {
        if (value.size() <= Capacity) return value.size();
        std::size_t size = Capacity;
        while (size > 0 && (static_cast<unsigned char>(value[size]) & 0xC0) == 0x80)
            --size;
        return size;
    }

    std::uint16_t size_ = 0;
    std::array<char, Capacity> bytes_;
};

struct bounded_party {
    bounded_text<64> number;
    bounded_text<128> name;
    bounded_text<96> device;

    void assign(const party& who) noexcept {
        number.assign(who.number);
        name.assign(who.name);
        device.assign(who.device);
    }
    void refine(const party& who) noexcept {
        number.refine(who.number);
        name.refine(who.name);
        device.refine(who.device);
    }
    void clear() noexcept { assign({}); }
    bool empty() const noexcept { return number.empty() && name.empty() && device.empty(); }
    party view() const noexcept { return {number.view(), name.view(), device.view()}; }
};

}  // namespace callstream::parsers
