// Where the CDR rows of one PBX go: what is new of them is published, and what was published is
// remembered, so that a row that is read again, or was told in another way, is told once.
//
// Threads: the home loop.
#pragma once

#include "core/cdr_row.h"

namespace callstream {

class cdr_row_output {
public:
    // Whether the journal has room for the events of one more row.
    virtual bool has_room() = 0;
    // Publishes what of it is not known yet; whether that was anything.
    virtual bool take(const cdr_row& row) = 0;
    // What was told of calls that ended from then on is remembered; a row of an earlier one may be
    // told again.
    virtual timestamp remembers_since() const = 0;
    // Rows of calls that ended earlier are not going to be read again.
    virtual void forget_before(timestamp ended) = 0;
    // What was published since the last time can go on, together with what is remembered of it.
    virtual void end_batch() = 0;

protected:
    ~cdr_row_output() = default;
};

}  // namespace callstream
