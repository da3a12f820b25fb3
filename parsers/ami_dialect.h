// Which AMI a PBX speaks: 1.x, of Asterisk 1.4 to 11 and the appliances made of them, or 2.x and
// later, of Asterisk 12 to 23. They name events and headers differently.
//
// Threads: the PBX's home loop.
#pragma once

#include <cstdint>

#include "parsers/ami_message.h"

namespace callstream::parsers {

enum class ami_dialect : std::uint8_t { automatic, version_1, version_2 };

// Finds it by the greeting, and where none was seen (a recording cut out of a stream) by the first
// event that only one of them has. What the configuration says wins.
class ami_dialect_finder {
public:
    explicit ami_dialect_finder(ami_dialect forced) noexcept : forced_(forced), found_(forced) {}

    void greet(text line) noexcept;
    // automatic: nothing has told them apart yet.
    ami_dialect of(const ami_message& message) noexcept;

private:
    ami_dialect forced_;
    ami_dialect found_;
};

}  // namespace callstream::parsers
