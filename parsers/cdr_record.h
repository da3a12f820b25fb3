// One record of a CDR answer or file before its columns mean anything: names and values in order.
//
// Lifetime: views the reader that made it, until the callback that it is given to returns.
// Threads:  one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/event_data.h"

namespace callstream::parsers {

// What it tells of: of a call that has no other record, of a whole call, of one of its legs.
enum class cdr_part : std::uint8_t { only, call, leg };

struct cdr_record {
    std::span<const header> fields;  // a value that is JSON's null is the null text
    cdr_part part = cdr_part::only;
    text call_id;                // what the records of one call have in common
    std::size_t place = 0;       // its line, or its number among the records
    std::string_view problem{};  // why it cannot be read; static
};

class cdr_record_handler {
public:
    virtual void on_record(const cdr_record& record) = 0;

protected:
    ~cdr_record_handler() = default;
};

// What became of an answer as a whole.
struct cdr_answer {
    std::string_view problem{};  // static; empty: it was a list of records, which may be empty
    std::size_t offset = 0;
    std::optional<std::size_t> count_total{};
    std::string said{};  // the API's own words for its error, or its number
};

}  // namespace callstream::parsers
