// What the program understood of its configuration, for a person. Never a secret, only where it
// came from.
#pragma once

#include <string>

#include "app/settings.h"

namespace callstream::app {

std::string describe(const settings& configured);

}  // namespace callstream::app
