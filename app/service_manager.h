// What systemd is told about the running program: that it is ready, alive, reloading, stopping.
// Nothing is told where the program was not started by it.
//
// Threads: the home loop's. Being alive is told by that loop, so that a loop that hangs is found
// out.
#pragma once

#include <string>

namespace callstream::app {

class service_manager {
public:
    void ready() noexcept;                           // every part is open
    void alive(const std::string& status) noexcept;  // about once a second; `systemctl status`
    void reloading() noexcept;                       // then ready() again
    void stopping() noexcept;
};

}  // namespace callstream::app
