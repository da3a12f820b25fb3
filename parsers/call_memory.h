// A live call as bytes, and back: what consumers have been told of it, and what its end will need.
//
// Threads: the PBX's home loop.
#pragma once

#include "parsers/call_table.h"
#include "parsers/stored_fields.h"

namespace callstream::parsers {

class call_memory {
public:
    // Valid until the next call. Legs for which there is no room are left out.
    text encode(const call_record& call);

    // Adds the call to a table that does not know it. Null, and nothing added, if the bytes are no
    // call of this version.
    static call_record* restore(text bytes, call_table& table, timestamp now);

private:
    void put_leg(const leg_record& leg);

    field_writer out_;
};

}  // namespace callstream::parsers
