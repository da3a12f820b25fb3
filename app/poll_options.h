// Options of [pbx.NAME.cdr_poll]: the CDRs and the state that a PBX is asked for.
#pragma once

#include <string>

#include "app/settings.h"
#include "core/config.h"

namespace callstream::app {

void read_poll(config_table& from, pbx_settings& pbx);

// Whether a family has an API that can be polled.
bool has_poll(std::string_view family) noexcept;

// For a person: where, as whom, how often.
std::string describe(const poll_settings& poll);

// 2026-11-01, or 2026-11-01T08:00:00Z.
result<timestamp> parse_date(std::string_view text);

}  // namespace callstream::app
