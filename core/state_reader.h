// What reads a whole answer about how things stand (calls that go on, extensions, trunks, load) and
// publishes what has changed since the answer before. Made by app from parsers/, and handed to what
// polls.
//
// Threads: the home loop.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/time.h"

namespace callstream {

struct state_reading {
    std::string_view problem{};  // static; empty: it was such an answer
    std::size_t rejected = 0;    // parts of it that could not be read; the others are taken
};

class state_reader {
public:
    virtual ~state_reader() = default;

    virtual state_reading read(std::string_view body, timestamp at) = 0;
};

}  // namespace callstream
