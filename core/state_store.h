// Where the state behind one PBX's events is kept, so that a restart of ours goes on from it: named
// values, written with the events around them.
//
// Threads: the home loop.
#pragma once

#include <string_view>

namespace callstream {

class state_store {
public:
    // An empty value removes the name. What finds no room is not kept.
    virtual void put(std::string_view name, std::string_view value) = 0;

protected:
    ~state_store() = default;
};

}  // namespace callstream
