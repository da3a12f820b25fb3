#include "core/time.h"

#include <algorithm>
#include <cstdint>

namespace callstream {

namespace {

void put_digits(char* out, std::uint32_t value, int count) noexcept {
    for (int i = count - 1; i >= 0; --i) {
        out[i] = static_cast<char>('0' + value % 10);
        value /= 10;
    }
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
    put_digits(&out[0], static_cast<std::uint32_t>(static_cast<int>(date.year())), 4);
    put_digits(&out[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&out[8], static_cast<unsigned>(date.day()), 2);
    put_digits(&out[11], seconds / 3600, 2);
    put_digits(&out[14], seconds / 60 % 60, 2);
    put_digits(&out[17], seconds % 60, 2);
    put_digits(&out[20], static_cast<std::uint32_t>(micros % 1'000'000), 6);
    out[4] = out[7] = '-';
    out[10] = 'T';
    out[13] = out[16] = ':';
    out[19] = '.';
    out[26] = 'Z';
}

}  // namespace callstream
