// Call detail records: the Cdr event of any Asterisk.
//
// Threads: the PBX's home loop.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/cdr_data.h"
#include "parsers/ami_message.h"
#include "parsers/call_tracker.h"
#include "parsers/family_output.h"
#include "parsers/zone_clock.h"

namespace callstream::parsers {

// Of one record, the same in every way in which it can reach us, and of no other: one call has
// several under one Uniqueid (each ring of a queue, a transfer, the h extension).
class cdr_key {
public:
    // Valid until the next call. Of a PBX that numbers its records, `sequence` tells them apart.
    text of(const cdr_data& cdr, text start_local, text sequence) noexcept;

private:
    std::array<char, bounded_id::capacity + 32> bytes_;
};

// The file that a Cdr names; appliances and FreePBX write it under names of their own.
text recording_of_cdr(const ami_message& message) noexcept;

class ami_cdr {
public:
    ami_cdr(const call_tracker& calls, const std::string& zone, const family_output& output)
        : calls_(calls), clock_(zone), output_(output) {}

    bool translate(const ami_message& message, const moment& when);

private:
    std::span<const header> further_headers(const ami_message& message);

    const call_tracker& calls_;
    zone_clock clock_;
    family_output output_;
    cdr_key key_;
    std::vector<header> further_;
};

}  // namespace callstream::parsers
