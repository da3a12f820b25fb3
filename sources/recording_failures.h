// The log lines about recordings that could not be fetched, or not yet.
//
// Threads: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "core/error.h"

namespace callstream::sources {

// A wait of 0: it is given up.
struct failed_try {
    error reason;
    const std::string& detail;  // the server's or the system's words
    unsigned try_count = 0;
    std::chrono::milliseconds wait{0};
    bool in_bucket = false;  // that is where it failed
};

void tell_failed_try(const std::string& pbx, const failed_try& failed);
void tell_no_room(const std::string& pbx, const failed_try& failed, std::size_t waiting_count);
void tell_room_again(const std::string& pbx, std::size_t waiting_count);
void tell_too_many(const std::string& pbx, std::size_t waiting_count);
void tell_left_behind(const std::string& pbx, std::size_t waiting_count);

}  // namespace callstream::sources
