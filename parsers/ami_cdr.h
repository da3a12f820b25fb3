// Call detail records: the Cdr event of any Asterisk. That of a UCM is read as its rows are (see
// cdr_rows.h), for it is one of them.
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
    struct words {
        const std::string& zone;
        bool is_ucm = false;
        bool files_by_rows = false;  // and the rows tell of recordings
    };

    ami_cdr(const call_tracker& calls, const words& of_pbx, const family_output& output)
        : calls_(calls),
          clock_(of_pbx.zone),
          is_ucm_(of_pbx.is_ucm),
          files_by_rows_(of_pbx.files_by_rows),
          output_(output) {}

    bool translate(const ami_message& message, const moment& when);

private:
    text value_of(text said) const noexcept;
    void read_seconds(const ami_message& message, cdr_data& data) const;
    void read_times(const ami_message& message, const moment& when, cdr_data& data);
    std::optional<timestamp> time_of(text said, timestamp about) noexcept;
    void read_as_ucm(const ami_message& message, cdr_data& data) const;
    text key_of(const ami_message& message, const cdr_data& data);
    std::span<const header> further_headers(const ami_message& message);

    const call_tracker& calls_;
    zone_clock clock_;
    bool is_ucm_;
    bool files_by_rows_;
    family_output output_;
    cdr_key key_;
    std::vector<header> further_;
};

}  // namespace callstream::parsers
