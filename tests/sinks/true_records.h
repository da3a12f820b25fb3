// What Asterisk's own records say was so, and until when: rows of CEL, to the microsecond, and
// lines of queue_log, to the second.
#pragma once

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "core/time.h"

namespace callstream::sinks::test {

// Events are read a little after they happened, and Asterisk writes CEL a little later.
inline constexpr duration tolerance = std::chrono::milliseconds(60);
// A line of queue_log stands for any moment of its second.
inline constexpr duration log_tolerance = std::chrono::seconds(1) + tolerance;

struct true_span {
    std::string id;
    timestamp begin;
    timestamp end = timestamp::max();
};

inline bool is_there(const true_span& span, timestamp moment) {
    return span.begin <= moment && moment < span.end;
}

inline bool is_near(timestamp change, timestamp moment, duration behind) {
    return change != timestamp::max() && moment > change - tolerance && moment < change + behind;
}

// Whether one of them begins or ends about then: what is so is in doubt.
inline bool is_near_change(const std::vector<true_span>& spans, timestamp moment, duration behind) {
    return std::any_of(spans.begin(), spans.end(), [&](const true_span& span) {
        return is_near(span.begin, moment, behind) || is_near(span.end, moment, behind);
    });
}

// "1795230746.270384", or whole seconds.
inline timestamp time_of(const std::string& text) {
    const auto point = text.find('.');
    return timestamp(std::chrono::seconds(std::stoll(text)) +
                     std::chrono::microseconds(
                         point == std::string::npos ? 0 : std::stoll(text.substr(point + 1))));
}

inline std::vector<std::string> split(const std::string& line, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(line);
    for (std::string part; std::getline(stream, part, at);)
        parts.push_back(part);
    return parts;
}

}  // namespace callstream::sinks::test
