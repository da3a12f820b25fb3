// The rows of a CDR file or answer in CSV, by the names of their columns.
//
// The first row names the columns, except in Asterisk's Master.csv, which has no such row. Older
// UCMs do not quote the commas within `lastdata`: what a row has too many of belongs there.
//
// Lifetime: records view the reader and the text.
// Threads:  one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/cdr_columns.h"
#include "parsers/cdr_record.h"
#include "parsers/text_decoder.h"

namespace callstream::parsers {

class cdr_csv_reader {
public:
    // `columns` are the names where the file has none; empty: those of its first row.
    cdr_csv_reader(cdr_dialect dialect, charset from, std::vector<std::string> columns = {});

    // A file may be read in pieces that end where rows end: names and lines go on.
    cdr_answer read(std::string_view body, cdr_record_handler& handler);

    bool knows_columns() const noexcept { return !names_.empty(); }

private:
    cdr_answer take_names(std::span<const text> fields, bool& is_header);
    void take_row(std::span<const text> fields, cdr_record& record);

    cdr_dialect dialect_;
    text_decoder decoder_;
    std::string decoded_;
    std::vector<std::string> names_;
    std::string joined_;
    std::vector<header> fields_;
    std::size_t line_ = 0;  // lines of the pieces before
};

// Where the last whole row of `text` ends; 0 if it holds none.
std::size_t whole_rows_size(std::string_view text) noexcept;

}  // namespace callstream::parsers
