// The state of pushed calls out of the events that told of it: after a restart, calls go on under
// their ids and nothing is told twice.
//
// Threads: one.
#pragma once

#include <memory>

#include "core/record.h"
#include "parsers/yeastar_calls.h"

namespace callstream::parsers {

class yeastar_restorer {
public:
    yeastar_restorer();
    ~yeastar_restorer();
    yeastar_restorer(const yeastar_restorer&) = delete;
    yeastar_restorer& operator=(const yeastar_restorer&) = delete;

    // One stored event; those that are not about calls change nothing.
    void restore(const record& stored, yeastar_calls& calls);

private:
    class state;
    std::unique_ptr<state> state_;
};

}  // namespace callstream::parsers
