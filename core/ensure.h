// ensure(): our own invariants, checked in release builds too.
#pragma once

namespace callstream {

// Prints `what` to stderr and aborts. Never returns.
[[noreturn]] void fail_ensure(const char* what) noexcept;

inline void ensure(bool holds, const char* what) noexcept {
    if (!holds) [[unlikely]]
        fail_ensure(what);
}

}  // namespace callstream
