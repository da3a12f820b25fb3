// What the columns of CDR rows mean, whichever product named them.
//
// Threads: functions without state.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "parsers/cdr_record.h"

namespace callstream::parsers {

enum class cdr_column : std::uint8_t {
    none,
    record_id,  // the PBX's number of the record
    call,       // what the records of a call share
    leg,        // Asterisk's Uniqueid
    source,
    source_name,
    caller_id,  // "Alice" <101>
    destination,
    answered_by,
    channel,
    destination_channel,
    source_trunk,
    destination_trunk,
    context,
    application,
    application_data,
    start,
    answer,
    end,
    duration,
    billable,
    disposition,
    response,  // SIP, as a number
    direction,
    account,
    ama_flags,
    user_field,
    recording,
    count
};

enum class cdr_dialect : std::uint8_t { asterisk, nexo, ucm, fiberme, voipmonitor };

// `name` as the row has it; none for a column without a meaning that all share.
cdr_column column_named(cdr_dialect dialect, text name) noexcept;

// The columns of Asterisk's Master.csv, which has no row of names; `count` is that of its fields.
std::span<const text> master_columns() noexcept;

// What a record's columns mean. Those of the next one mostly have the same names in the same order,
// and are then known without being looked up.
class column_memory {
public:
    explicit column_memory(cdr_dialect dialect) noexcept : dialect_(dialect) {}

    // One for each field. Valid until the next call.
    std::span<const cdr_column> of(const cdr_record& record);

private:
    cdr_dialect dialect_;
    std::vector<std::string> names_;
    std::vector<cdr_column> columns_;
};

// A row's values by what they mean. Of a column that is there twice the first value counts.
class cdr_columns {
public:
    // `meant` are the columns of the record's fields.
    cdr_columns(std::span<const cdr_column> meant, const cdr_record& record) noexcept;

    text operator[](cdr_column column) const noexcept {
        return values_[static_cast<std::size_t>(column)];
    }

private:
    std::array<text, static_cast<std::size_t>(cdr_column::count)> values_{};
};

}  // namespace callstream::parsers
