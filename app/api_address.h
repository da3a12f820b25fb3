// Where the web server of a running callstream is, for the commands that read from it.
//
// Threads: any.
#pragma once

#include <optional>
#include <string>

#include "core/secret.h"
#include "core/tls_settings.h"

namespace callstream::app {

struct api_address {
    std::string url;  // without a slash at its end
    secret token;     // empty: none is needed
    tls_settings tls{};
};

// What the command line says; else the [web] of the configuration. Nothing, and a word on stderr,
// if neither has one.
std::optional<api_address> find_api(const std::string& config_path, const std::string& url,
                                    const std::string& token);

}  // namespace callstream::app
