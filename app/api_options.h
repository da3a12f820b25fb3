// Options of [pbx.NAME.api] and [pbx.NAME.recordings]: the login at a PBX that has an HTTP API.
#pragma once

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_api(config_table& from, pbx_settings& pbx);
void read_recordings(config_table& from, pbx_settings& pbx);

}  // namespace callstream::app
