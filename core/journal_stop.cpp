#include "core/journal_stop.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace callstream {

void stop_on_failure(const result<void>& done) {
    if (done) return;
    const error& failed = done.error();
    std::fprintf(stderr, "callstream: %.*s: %s; stopping: the journal cannot be trusted\n",
                 static_cast<int>(failed.what.size()), failed.what.data(),
                 std::strerror(failed.sys));
    std::abort();
}

}  // namespace callstream
