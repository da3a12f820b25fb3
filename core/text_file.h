// A small file, read whole: the configuration, a secret.
#pragma once

#include <cstddef>
#include <string>

#include "core/result.h"

namespace callstream {

// Fails with io (and errno), or with too_large beyond `size_max` bytes.
result<std::string> read_text_file(const std::string& path, std::size_t size_max);

}  // namespace callstream
