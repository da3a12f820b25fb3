// Reading the values of CDR rows: times, durations, outcomes, directions, as all these PBXes and
// the programs that exported their tables write them.
//
// Threads: functions without state.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/event_data.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

// A column's name in lower case without anything but letters and digits, so that `Recording
// filename`, `recording_filename` and `Recording Filename` are one. Too long ones are nobody's.
class folded_column {
public:
    explicit folded_column(text name) noexcept;
    text view() const noexcept { return {bytes_.data(), size_}; }

private:
    std::array<char, 40> bytes_;
    std::size_t size_ = 0;
};

// The null text for what stands for nothing: blanks, --, null, <unknown>.
text cdr_value(text said) noexcept;

enum class cdr_precision : std::uint8_t { minutes, seconds, fractions };

struct cdr_time {
    timestamp time;
    cdr_precision precision = cdr_precision::seconds;
};

// 2016-04-29 02:53:37, 2016-04-29T02:53:37.120+02:00, 2021/5/7 0:49, 7/13/2018 12:00:12 PM,
// 1795230656.474930. What names no zone is on `clock`; of an hour that it showed twice, the one
// nearer to `about`. Nothing for what is no time, and for 0000-00-00 00:00:00.
std::optional<cdr_time> cdr_time_of(text said, zone_clock& clock, timestamp about) noexcept;

// 16, 8.058401, 6s, 0:13:45.
std::optional<duration> cdr_duration_of(text said) noexcept;

// ANSWERED, NO ANSWER, NOANSWER, FAILD, whatever its case.
disposition cdr_disposition_of(text said) noexcept;

// Inbound, incoming, Interval (which is Nexo's word for Internal), CallBack, EXT.
direction cdr_direction_of(text said) noexcept;

// The second that Asterisk began a channel in, out of its Uniqueid: 1620378302.28, pbx-1620378302.
std::optional<timestamp> time_of_uniqueid(text id) noexcept;

// The two parts of `"Alice Reception" <101>`; null for one that is not there.
text name_of_caller_id(text caller_id) noexcept;
text number_of_caller_id(text caller_id) noexcept;

// Who called: the number that a record names, else the one in its caller id.
text calling_number_of(text source, text caller_id) noexcept;

// What was dialled, in a record of a UCM. Of a call from the telephone network on an analog line,
// which has `s` there and no caller, nobody says it.
text ucm_called_number(text destination, text calling_number) noexcept;

// A record that says nothing of its outcome but has billed seconds was answered.
disposition cdr_outcome_of(disposition said, const std::optional<duration>& billed) noexcept;

}  // namespace callstream::parsers
