// docs/metrics.md, from the table of metrics.
#pragma once

#include <string>

namespace callstream::app {

std::string metrics_reference();

}  // namespace callstream::app
