// The options of the configuration as a page of Markdown, a section for each table.
#pragma once

#include <string>
#include <vector>

#include "core/config_option.h"

namespace callstream::app {

std::string config_page(const std::vector<config_option>& options);

}  // namespace callstream::app
