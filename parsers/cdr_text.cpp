#include "parsers/cdr_text.h"

#include <algorithm>
#include <charconv>

#include "parsers/ami_text.h"

namespace callstream::parsers {
namespace {

using std::chrono::seconds;

constexpr std::int64_t epoch_max = 253'402'300'799;  // the year 9999
constexpr std::int64_t epoch_min = 100'000'000;      // below that it is no time of a call: 1973
constexpr std::int64_t duration_max = 10'000'000;    // seconds: four months

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Takes numbers and letters off the front of a text; what does not fit makes it bad for good.
class scanner {
public:
    explicit scanner(text rest) noexcept : rest_(rest) {}

    unsigned number(std::size_t digits_max) noexcept {
        std::size_t size = 0;
        while (size < rest_.size() && size < digits_max && is_digit(rest_[size]))
            ++size;
        unsigned value = 0;
        good_ = good_ && size > 0;
        std::from_chars(rest_.data(), rest_.data() + size, value);
        digits_ = size;
        rest_.remove_prefix(size);
        return value;
    }
    bool has(char wanted) noexcept {
        const bool there = rest_.starts_with(wanted);
        if (there) rest_.remove_prefix(1);
        return there;
    }
    void need(char wanted) noexcept { good_ = has(wanted) && good_; }
    // Microseconds of a fraction behind its point; further digits mean nothing.
    duration fraction() noexcept {
        std::int64_t value = 0;
        std::size_t count = 0;
        for (; !rest_.empty() && is_digit(rest_.front()); rest_.remove_prefix(1), ++count)
            if (count < 6) value = value * 10 + (rest_.front() - '0');
        good_ = good_ && count > 0;
        for (; count < 6; ++count)
            value *= 10;
        return duration(value);
    }
    std::size_t digits() const noexcept { return digits_; }
    text rest() const noexcept { return rest_; }
    void spoil() noexcept { good_ = false; }
    bool good() const noexcept { return good_; }
    bool done() const noexcept { return good_ && rest_.empty(); }

private:
    text rest_;
    std::size_t digits_ = 0;
    bool good_ = true;
};

struct clock_face {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    duration fraction{0};
    cdr_precision precision = cdr_precision::minutes;
};

void scan_date(scanner& from, clock_face& face) noexcept {
    const unsigned first = from.number(4);
    const bool year_first = from.digits() == 4;
    const char separator = from.has('-') ? '-' : '/';
    if (separator == '/') from.need('/');
    const unsigned second = from.number(2);
    from.need(separator);
    const unsigned third = from.number(year_first ? 2 : 4);
    if (!year_first && (separator != '/' || from.digits() != 4)) from.spoil();
    face.year = year_first ? first : third;
    face.month = year_first ? second : first;
    face.day = year_first ? third : second;
}

// AM and PM, after a blank.
void scan_half(scanner& from, clock_face& face) noexcept {
    const text rest = from.rest();
    if (rest.size() < 3 || rest[0] != ' ' || lower(rest[2]) != 'm') return;
    const char half = lower(rest[1]);
    if ((half != 'a' && half != 'p') || face.hour == 0 || face.hour > 12) return;
    face.hour = face.hour % 12 + (half == 'p' ? 12 : 0);
    from = scanner(rest.substr(3));
}

void scan_time(scanner& from, clock_face& face) noexcept {
    face.hour = from.number(2);
    from.need(':');
    face.minute = from.number(2);
    if (from.has(':')) {
        face.second = from.number(2);
        face.precision = cdr_precision::seconds;
        if (from.has('.')) {
            face.fraction = from.fraction();
            face.precision = cdr_precision::fractions;
        }
    }
    if (from.good()) scan_half(from, face);
}

using shown_time = std::array<char, 19>;

// YYYY-MM-DD HH:MM:SS; a face holds no number with more digits.
shown_time show(const clock_face& face) noexcept {
    shown_time shown{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0',
                     ' ', '0', '0', ':', '0', '0', ':', '0', '0'};
    const auto put = [&shown](std::size_t last, unsigned number) {
        for (; number > 0; number /= 10)
            shown[last--] = static_cast<char>('0' + number % 10);
    };
    put(3, face.year);
    put(6, face.month);
    put(9, face.day);
    put(12, face.hour);
    put(15, face.minute);
    put(18, face.second);
    return shown;
}

// Z, +08:00, -0600: how far its clock is ahead of UTC.
std::optional<seconds> scan_offset(scanner& from) noexcept {
    if (from.has('Z')) return seconds(0);
    const bool ahead = from.has('+');
    if (!ahead && !from.has('-')) return std::nullopt;
    const unsigned hour = from.number(2);
    from.has(':');
    const unsigned minute = from.number(2);
    if (hour > 14 || minute > 59) from.spoil();
    const seconds offset = std::chrono::hours(hour) + std::chrono::minutes(minute);
    return ahead ? offset : -offset;
}

std::optional<cdr_time> time_of_epoch(text said) noexcept {
    std::int64_t count = 0;
    const char* const end = said.data() + said.size();
    const auto read = std::from_chars(said.data(), end, count);
    if (read.ec != std::errc() || count < epoch_min || count > epoch_max) return std::nullopt;
    const timestamp whole{seconds(count)};
    if (read.ptr == end) return cdr_time{whole, cdr_precision::seconds};
    if (*read.ptr != '.') return std::nullopt;
    scanner rest(said.substr(static_cast<std::size_t>(read.ptr + 1 - said.data())));
    const duration fraction = rest.fraction();
    if (!rest.done()) return std::nullopt;
    return cdr_time{whole + fraction, cdr_precision::fractions};
}

}  // namespace

folded_column::folded_column(text name) noexcept {
    for (const char c : name) {
        const char folded = lower(c);
        if (!is_digit(folded) && (folded < 'a' || folded > 'z')) continue;
        if (size_ == bytes_.size()) {
            size_ = 0;
            return;
        }
        bytes_[size_++] = folded;
    }
}

text cdr_value(text said) noexcept {
    while (!said.empty() && is_space(said.front()))
        said.remove_prefix(1);
    while (!said.empty() && is_space(said.back()))
        said.remove_suffix(1);
    if (said.empty() || said == "--" || said == "null" || said == "NULL") return {};
    return known_text(said);
}

std::optional<cdr_time> cdr_time_of(text said, zone_clock& clock, timestamp about) noexcept {
    if (said.empty()) return std::nullopt;
    if (said.find_first_of("-/:") == text::npos) return time_of_epoch(said);
    scanner from(said);
    clock_face face;
    scan_date(from, face);
    if (!from.has('T')) from.need(' ');
    scan_time(from, face);
    if (!from.good()) return std::nullopt;
    const auto offset = scan_offset(from);
    if (!from.done()) return std::nullopt;
    const shown_time shown = show(face);
    const text local(shown.data(), shown.size());
    std::optional<timestamp> time;
    if (offset) {
        static const zone_clock utc("UTC");
        zone_clock of_offset(utc);
        time = of_offset.to_utc(local, about);
        if (time) *time -= *offset;
    } else {
        time = clock.to_utc(local, about);
    }
    if (!time) return std::nullopt;
    return cdr_time{*time + face.fraction, face.precision};
}

std::optional<duration> cdr_duration_of(text said) noexcept {
    if (said.ends_with('s')) said.remove_suffix(1);
    scanner from(said);
    std::int64_t total = from.number(8);
    for (int part = 0; part < 2 && from.has(':'); ++part) {
        const unsigned next = from.number(2);
        if (next > 59) from.spoil();
        total = total * 60 + next;
    }
    duration fraction{0};
    if (from.has('.')) fraction = from.fraction();
    if (!from.done() || total > duration_max) return std::nullopt;
    return seconds(total) + fraction;
}

disposition cdr_disposition_of(text said) noexcept {
    const folded_column name(said);
    const text folded = name.view();
    if (said.empty()) return disposition::none;
    if (folded == "answered" || folded == "answer") return disposition::answered;
    if (folded == "noanswer" || folded == "noanswered") return disposition::no_answer;
    if (folded == "busy") return disposition::busy;
    if (folded == "congestion") return disposition::congestion;
    if (folded == "cancel" || folded == "canceled" || folded == "cancelled")
        return disposition::canceled;
    if (folded == "voicemail") return disposition::voicemail;
    return disposition::failed;
}

direction cdr_direction_of(text said) noexcept {
    const folded_column name(said);
    const text folded = name.view();
    if (folded == "inbound" || folded == "incoming") return direction::inbound;
    if (folded == "outbound" || folded == "outgoing") return direction::outbound;
    if (folded == "internal" || folded == "interval" || folded == "ext") return direction::internal;
    if (folded == "external" || folded == "transit") return direction::external;
    return folded == "callback" ? direction::callback : direction::none;
}

std::optional<timestamp> time_of_uniqueid(text id) noexcept {
    const std::size_t name = id.rfind('-');
    if (name != text::npos) id.remove_prefix(name + 1);
    const auto read = time_of_epoch(id.substr(0, id.find('.')));
    if (!read) return std::nullopt;
    return read->time;
}

// The name of `"Alice Reception" <101>`, which Asterisk cuts at 79 bytes wherever that is.
text name_of_caller_id(text caller_id) noexcept {
    const std::size_t number = caller_id.rfind(" <");
    text name = caller_id.substr(0, number);
    if (!name.starts_with('"')) return known_text(number == text::npos ? text() : name);
    name.remove_prefix(1);
    if (name.ends_with('"')) name.remove_suffix(1);
    return known_text(name);
}

text number_of_caller_id(text caller_id) noexcept {
    const std::size_t begin = caller_id.rfind('<');
    if (begin == text::npos || !caller_id.ends_with('>')) return {};
    return cdr_value(caller_id.substr(begin + 1, caller_id.size() - begin - 2));
}

text calling_number_of(text source, text caller_id) noexcept {
    return source.empty() ? number_of_caller_id(caller_id) : source;
}

text ucm_called_number(text destination, text calling_number) noexcept {
    return destination == "s" && calling_number.empty() ? text() : destination;
}

disposition cdr_outcome_of(disposition said, const std::optional<duration>& billed) noexcept {
    const bool was_billed = billed.value_or(duration(0)) > duration(0);
    return said == disposition::none && was_billed ? disposition::answered : said;
}

}  // namespace callstream::parsers
