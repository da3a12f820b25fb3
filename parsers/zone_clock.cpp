#include "parsers/zone_clock.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>

#include <date/tz.h>

#include "core/ensure.h"

namespace callstream::parsers {
namespace {

using std::chrono::seconds;

// No zone has two changes within a day, and no change is of more than a day.
constexpr seconds change_margin = std::chrono::hours(24);

const date::time_zone* find_zone(const std::string& name) noexcept {
    try {
        return date::locate_zone(name);
    } catch (const std::exception&) {
        return nullptr;
    }
}

template <class Number>
bool read_digits(text value, std::size_t at, std::size_t size, Number& number) noexcept {
    const char* const begin = value.data() + at;
    const auto read = std::from_chars(begin, begin + size, number);
    return read.ec == std::errc() && read.ptr == begin + size && *begin != '-';
}

// YYYY-MM-DD HH:MM:SS, as seconds since 1970 on that clock.
std::optional<seconds> read_local(text value) noexcept {
    constexpr text shape = "0000-00-00 00:00:00";
    if (value.size() != shape.size()) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] != '0' && value[i] != shape[i]) return std::nullopt;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    const bool digits = read_digits(value, 0, 4, year) && read_digits(value, 5, 2, month) &&
                        read_digits(value, 8, 2, day) && read_digits(value, 11, 2, hour) &&
                        read_digits(value, 14, 2, minute) && read_digits(value, 17, 2, second);
    const date::year_month_day on{date::year(year), date::month(month), date::day(day)};
    if (!digits || !on.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return date::sys_days(on).time_since_epoch() + std::chrono::hours(hour) +
           std::chrono::minutes(minute) + seconds(second);
}

}  // namespace

bool zone_clock::knows(const std::string& zone) noexcept {
    return find_zone(zone) != nullptr;
}

zone_clock::zone_clock(const std::string& zone) noexcept : zone_(find_zone(zone)) {
    ensure(zone_ != nullptr, "the time zone was checked with the configuration");
}

std::optional<timestamp> zone_clock::to_utc(text local, timestamp about) noexcept {
    const auto shown = read_local(local);
    if (!shown) return std::nullopt;
    if (*shown >= sure_from_ && *shown < sure_until_) return timestamp(*shown - offset_);
    return resolve(*shown, about);
}

std::string zone_clock::to_local(timestamp time) const {
    const auto second = std::chrono::floor<seconds>(time);
    const date::sys_seconds utc(second.time_since_epoch());
    std::array<char, rfc3339_size> shown;
    format_rfc3339(timestamp(utc.time_since_epoch() + zone_->get_info(utc).offset), shown);
    shown[10] = ' ';
    return {shown.data(), 19};
}

timestamp zone_clock::resolve(seconds local, timestamp about) {
    const date::local_info info = zone_->get_info(date::local_seconds(local));
    const timestamp earlier(local - info.first.offset);
    if (info.result == date::local_info::ambiguous) {
        const timestamp later(local - info.second.offset);
        return later - about <= (later - earlier) / 2 ? later : earlier;
    }
    if (info.result == date::local_info::unique) {
        offset_ = info.first.offset;
        sure_from_ = info.first.begin.time_since_epoch() + offset_ + change_margin;
        sure_until_ = info.first.end.time_since_epoch() + offset_ - change_margin;
    }
    return earlier;
}

}  // namespace callstream::parsers
