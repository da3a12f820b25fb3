// Options of [pbx.NAME.api] and [pbx.NAME.recordings]: the login at a PBX that has an HTTP API.
#pragma once

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_api(config_table& from, pbx_settings& pbx);
void read_recordings(config_table& from, pbx_settings& pbx);

// What a PBX's table cannot know: without report_to, the port that we listen on.
void complete_api(settings& read);

}  // namespace callstream::app
