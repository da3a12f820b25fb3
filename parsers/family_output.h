// Events with their provenance: which PBX family, which message, when and how well known.
//
// Lifetime: the output and the family's name outlive it.
// Threads:  the PBX's home loop.
#pragma once

#include <span>

#include "core/event.h"

namespace callstream::parsers {

// When something was said, by which message, and the channel variables that came with it.
struct moment {
    timestamp time;
    time_quality quality = time_quality::received;
    text said;
    bool synthetic = false;
    std::span<const header> variables;
};

// What an event is about; without a partition of its own it stays in order with its subject.
struct event_scope {
    text subject;
    text partition;
    text natural_key;
};

class family_output {
public:
    family_output(event_output& output, text family) noexcept : output_(output), family_(family) {}

    void publish(event_type type, const moment& when, const event_scope& scope,
                 const event_data& data) const {
        event told;
        told.type = type;
        told.time = when.time;
        told.subject = scope.subject;
        told.partition = scope.partition.empty() ? scope.subject : scope.partition;
        told.natural_key = scope.natural_key;
        told.origin = {when.quality, when.synthetic, {family_, when.said}};
        told.data = data;
        output_.publish(told);
    }

private:
    event_output& output_;
    text family_;
};

}  // namespace callstream::parsers
