// A recording that came in a tar: a Nexo gives none of them alone.
//
// Threads: one; it waits for the disk, so not the home loop's.
#pragma once

#include <string>

#include "sources/recording_file.h"

namespace callstream::sources {

// Stores the file named `member`, wherever it stands in the tar, as `path`. Fails with malformed
// for what is no tar (a compressed one is none: what it becomes has no bound), with not_found
// without that file, and as recording_file does.
result<stored_recording> store_from_tar(const std::string& tar, const std::string& member,
                                        const std::string& path, const recording_limits& limits);

}  // namespace callstream::sources
