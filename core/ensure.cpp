#include "core/ensure.h"

#include <cstdio>
#include <cstdlib>

namespace callstream {

void fail_ensure(const char* what) noexcept {
    std::fputs("callstream: broken invariant: ", stderr);
    std::fputs(what, stderr);
    std::fputc('\n', stderr);
    std::abort();
}

}  // namespace callstream
