// Reads the configuration file into settings.
#pragma once

#include <string>
#include <vector>

#include "app/settings.h"
#include "core/config.h"
#include "core/config_node.h"

namespace callstream::app {

// What could be read is in `value`, also where there are problems; run only without any.
struct loaded_settings {
    settings value;
    std::vector<config_problem> problems;
};

loaded_settings load_settings(const std::string& path);
loaded_settings load_settings(const config_document& document);

// Every option there is, in the order in which they are read.
std::vector<config_option> describe_settings();

}  // namespace callstream::app
