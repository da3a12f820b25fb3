// What a journal does when its disk fails.
//
// A failed write or sync aborts: after it the kernel may have dropped the very pages that were not
// written, and a second sync would succeed without them.
#pragma once

#include "core/result.h"

namespace callstream {

void stop_on_failure(const result<void>& done);

}  // namespace callstream
