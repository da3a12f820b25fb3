// Options of [http] and of [pbx.NAME.push].
#pragma once

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

inline constexpr std::uint16_t push_port = 8260;

void read_http(config_table& from, http_server_settings& http, std::uint16_t port = push_port);
void read_push(config_table& from, pbx_settings& pbx);

// What no table can tell alone: paths are unique, and somebody listens.
void check_push(config_table& from, const settings& read);

}  // namespace callstream::app
