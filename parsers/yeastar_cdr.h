// NewCdr and 30012: the record of a call, which also ends it.
//
// Threads: the PBX's home loop.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "core/cdr_data.h"
#include "parsers/family_output.h"
#include "parsers/yeastar_calls.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

// Seconds as a number, as 00:10:00, or as 12:10:10 AM, which is ten minutes after midnight.
std::optional<duration> pushed_duration(text said) noexcept;

// Of the fields that make a thing that one.
std::uint64_t pushed_hash(std::initializer_list<text> fields) noexcept;

class yeastar_cdr_events {
public:
    yeastar_cdr_events(yeastar_calls& calls, const std::string& zone, const family_output& output)
        : calls_(calls), clock_(zone), output_(output) {}

    // Whether anything went out, or all of it had before.
    bool take(const yeastar_report& report, const moment& when);

private:
    void fill(const yeastar_report& report, const moment& when, cdr_data& data);
    bool end_call(push_call& call, const cdr_data& data, const moment& ended);
    text key_of(text call_id, std::uint64_t hash) noexcept;

    yeastar_calls& calls_;
    zone_clock clock_;
    family_output output_;
    std::array<char, bounded_id::capacity + 32> key_;
};

}  // namespace callstream::parsers
