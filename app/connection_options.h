// Options that every part with a connection has: TLS, time-outs, back-off.
#pragma once

#include <chrono>
#include <optional>

#include "core/config.h"
#include "core/stream.h"

namespace callstream::app {

inline constexpr duration_range short_times{std::chrono::milliseconds(1), std::chrono::hours(1)};

// `tls = true`, or a table of its options.
void read_tls(config_table& from, std::optional<tls_settings>& tls);

// Everything of `connection` but its address and TLS.
void read_connection(config_table& from, stream_settings& connection);

// Adds a problem if there is such a key and no such file.
void check_file(config_table& from, std::string_view key, const std::string& path);

}  // namespace callstream::app
