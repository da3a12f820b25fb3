// Events on standard output, a line each: readable ones or their JSON.
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>

#include "core/record.h"
#include "sinks/readable_line.h"

namespace callstream::app {

class line_printer {
public:
    line_printer(bool readable, bool colour) : readable_(readable), lines_(colour) {}

    void print(const record& event);
    // False when nobody reads any more.
    bool flush();

private:
    bool readable_;
    bool good_ = true;
    sinks::readable_line lines_;
    std::string waiting_;
};

}  // namespace callstream::app
