#include "app/service_manager.h"

#include <ctime>

#include <systemd/sd-daemon.h>

namespace callstream::app {

void service_manager::ready() noexcept {
    sd_notify(0, "READY=1");
}

void service_manager::alive(const std::string& status) noexcept {
    sd_notify(0, ("WATCHDOG=1\nSTATUS=" + status).c_str());
}

// With the time, as systemd wants it from version 253 on to tell this reload from an earlier one.
void service_manager::reloading() noexcept {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
               static_cast<long long>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000);
}

void service_manager::stopping() noexcept {
    sd_notify(0, "STOPPING=1\nSTATUS=delivering what was published");
}

}  // namespace callstream::app
