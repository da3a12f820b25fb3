// Options of [pbx.NAME.cdr_poll] that only one family of PBXes knows.
#pragma once

#include <string_view>

#include "app/settings.h"
#include "core/config.h"
#include "core/secret.h"

namespace callstream::app {

// Sets poll.api for the families fiberme and voipmonitor; of others it reads nothing.
void read_polled_family(config_table& from, std::string_view family, poll_settings& poll,
                        const secret& password);

}  // namespace callstream::app
