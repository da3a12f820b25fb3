// One line per event for a person at a terminal:
//
// 12:53:21.512  call.answered        #42    +49301234 "Alice" -> 200 "Reception"   by 201 PJSIP/201
//
// Local time, type, call, parties, what happened; in columns, and in colour where asked for. The
// PBX has a column of its own once events of a second one come.
//
// Threads: one at a time.
#pragma once

#include <string>

#include "core/json_reader.h"
#include "core/record.h"

namespace callstream::sinks {

class readable_line {
public:
    explicit readable_line(bool colour) : colour_(colour) {}

    // Appends the record's line with its line end.
    void append(std::string& out, const record& shown);

private:
    void append_columns(std::string& out, const record& shown);

    bool colour_;
    json_document document_;
    std::string first_pbx_;
    bool many_pbxes_ = false;
    std::size_t pbx_width_ = 0;
};

}  // namespace callstream::sinks
