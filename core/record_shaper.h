// What stands between the journal and one sink.
//
// Threads: the sink's.
#pragma once

#include "core/record.h"

namespace callstream {

class record_shaper {
public:
    virtual ~record_shaper() = default;

    // False: the sink does not get this record. The same answer each time it is asked.
    virtual bool wants(const record& read) = 0;

    // May give it another payload, valid until the next call, with the slices that go with it. The
    // same payload each time it is asked.
    virtual void reshape(record& read) = 0;
};

}  // namespace callstream
