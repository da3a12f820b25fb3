// Reads comma separated values as PBXes write them, a row at a time.
//
// RFC 4180, and what it does not know: text behind a closing quote, as in `"GVC Test" <6039>`,
// belongs to the field, which then keeps its quotes; so does everything in a field in which a quote
// comes later. Rows end with LF, CR LF or CR; those without a character are passed over.
//
// Lifetime: rows view the text, or the reader, until the next call of next().
// Threads:  one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_data.h"

namespace callstream::parsers {

struct csv_row {
    std::span<const text> fields;
    std::size_t line = 0;   // of its first character; the first line is 1
    bool torn = false;      // the text ended within quotes
    bool too_wide = false;  // it has more fields than are kept
};

// The text outlives it.
class csv_reader {
public:
    static constexpr std::size_t field_count_max = 256;

    explicit csv_reader(std::string_view text, char separator = ',') noexcept
        : rest_(text), separator_(separator) {}

    std::optional<csv_row> next();

private:
    text read_field();
    text read_quoted();
    text read_plain() noexcept;
    text unquoted(text inside);
    bool at_row_end() const noexcept;
    void skip_row_end() noexcept;

    std::string_view rest_;
    char separator_;
    std::size_t line_ = 1;
    bool torn_ = false;
    std::vector<text> fields_;
    std::vector<std::string> unquoted_;  // of fields that hold doubled quotes
    std::size_t unquoted_count_ = 0;
};

}  // namespace callstream::parsers
