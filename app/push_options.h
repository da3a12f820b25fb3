// Options of [http] and of [pbx.NAME.push].
#pragma once

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_http(config_table& from, http_server_settings& http);
void read_push(config_table& from, pbx_settings& pbx);

// What no table can tell alone: paths are unique, and somebody listens.
void check_push(config_table& from, const settings& read);

}  // namespace callstream::app
