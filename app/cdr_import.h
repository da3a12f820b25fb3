// Reads CDR files into a join of records: the work of `callstream import`.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "parsers/cdr_decoder.h"
#include "parsers/cdr_join.h"

namespace callstream::app {

struct import_counts {
    std::uint64_t rows = 0;
    std::uint64_t told = 0;  // of them not known yet
    std::uint64_t rejected =
        0;                     // records that cannot be read; each was named on stderr, or counted
    std::uint64_t failed = 0;  // files that cannot be read, or not to their end
};

class cdr_import {
public:
    // `go_on` is asked after each piece of a file; false ends the import.
    cdr_import(parsers::cdr_decoder_settings settings, parsers::cdr_join& to,
               std::function<bool()> go_on);

    // "-" is standard input. False: it is no use to go on with further files.
    bool read(const std::string& path);

    const import_counts& counts() const noexcept { return counts_; }

private:
    bool read_pieces(int file, const std::string& path);
    bool read_whole(int file, const std::string& path);
    bool take(parsers::cdr_decoder& decoder, std::string_view piece, const std::string& path);
    void fail(const std::string& path, std::string_view why);

    parsers::cdr_decoder_settings settings_;
    parsers::cdr_join& to_;
    std::function<bool()> go_on_;
    std::vector<cdr_row> rows_;
    std::string text_;
    std::uint64_t named_ = 0;  // rejected records of this file that were named
    import_counts counts_;
};

}  // namespace callstream::app
