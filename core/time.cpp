#include "core/time.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace callstream {

namespace {

// 00, 01 ... 99
constexpr auto pairs = [] {
    std::array<char, 200> table{};
    for (std::size_t i = 0; i < table.size(); i += 2) {
        table[i] = static_cast<char>('0' + i / 20);
        table[i + 1] = static_cast<char>('0' + i / 2 % 10);
    }
    return table;
}();

void put_pair(char* out, std::uint32_t value) noexcept {
    std::memcpy(out, &pairs[2 * std::size_t{value}], 2);
}

void put_micros(char* out, std::uint32_t micros) noexcept {
    put_pair(out, micros / 10'000);
    put_pair(out + 2, micros / 100 % 100);
    put_pair(out + 4, micros % 100);
}

constexpr timestamp first_time{std::chrono::sys_days{std::chrono::year{0} / 1 / 1}};
constexpr timestamp last_time{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1} -
                              std::chrono::microseconds{1}};

}  // namespace

void format_rfc3339(timestamp time, std::span<char, rfc3339_size> out) noexcept {
    time = std::clamp(time, first_time, last_time);
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const auto micros = static_cast<std::uint64_t>((time - day).count());
    const auto seconds = static_cast<std::uint32_t>(micros / 1'000'000);
    const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
    put_pair(&out[0], year / 100);
    put_pair(&out[2], year % 100);
    put_pair(&out[5], static_cast<unsigned>(date.month()));
    put_pair(&out[8], static_cast<unsigned>(date.day()));
    put_pair(&out[11], seconds / 3600);
    put_pair(&out[14], seconds / 60 % 60);
    put_pair(&out[17], seconds % 60);
    put_micros(&out[20], static_cast<std::uint32_t>(micros % 1'000'000));
    out[4] = out[7] = '-';
    out[10] = 'T';
    out[13] = out[16] = ':';
    out[19] = '.';
    out[26] = 'Z';
}

// The decimals go straight to `out`: a copy would wait for what was just written.
void rfc3339_text::put(timestamp time, std::span<char, rfc3339_size> out) noexcept {
    time = std::clamp(time, first_time, last_time);
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second != second_) {
        format_rfc3339(second, text_);
        second_ = second;
    }
    std::copy(text_.begin(), text_.end(), out.begin());
    put_micros(&out[20], static_cast<std::uint32_t>((time - second).count()));
}

}  // namespace callstream
