// The channel variables that Asterisk adds to its events (manager.conf: channelvars, and
// queues.conf: eventwhencalled = vars), in order, repeats kept.
//
// `ChanVariable: CRM=42` of the event's own channel becomes {CRM, 42}. A variable of another
// channel in the event keeps its header, for its name may be the same: {DestChanVariable, CRM=43}.
//
// Lifetime: what of() gives is valid as long as the message, until the next of().
// Threads:  the PBX's home loop.
#pragma once

#include <span>
#include <vector>

#include "parsers/ami_message.h"

namespace callstream::parsers {

class ami_variables {
public:
    std::span<const header> of(const ami_message& message);

private:
    std::vector<header> found_;
};

}  // namespace callstream::parsers
