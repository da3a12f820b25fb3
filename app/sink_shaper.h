// What a sink's configuration makes of the journal's records before the sink gets them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "app/settings.h"
#include "core/record_shaper.h"
#include "core/result.h"

namespace callstream::app {

// Of each PBX that has one.
using country_map = std::map<std::string, std::string, std::less<>>;

// Null if the sink gets every record as it is.
result<std::unique_ptr<record_shaper>> build_shaper(const sink_settings& settings,
                                                    const country_map& countries);

}  // namespace callstream::app
