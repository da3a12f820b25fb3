// Which day it is at a PBX: its counts begin anew at its midnight.
//
// Threads: one at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "core/time.h"

namespace callstream {

using zone_map = std::map<std::string, std::string, std::less<>>;  // by PBX: IANA names

class day_clock {
public:
    explicit day_clock(const zone_map& zones);  // which are known; any other PBX is in UTC

    // Such as 2026-11-27. Valid until the next call for the same PBX.
    std::string_view day_of(std::string_view pbx, timestamp time);

private:
    struct day {
        std::string zone;
        timestamp begin{};
        timestamp end{};  // of what `name` names
        std::string name;
    };

    static void find(day& out, timestamp time);

    std::map<std::string, day, std::less<>> days_;
};

}  // namespace callstream
