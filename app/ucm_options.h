// Options of PBXes of the family grandstream: what [pbx.NAME.cdr_poll] has for them alone, and the
// CDRs that they send over TCP.
#pragma once

#include <cstdint>

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

inline constexpr std::uint16_t ucm_api_port = 8443;

void read_ucm_poll(config_table& from, sources::ucm_settings& ucm);
void read_cdr_output(config_table& from, pbx_settings& pbx);

}  // namespace callstream::app
