// Who may read the live state, and from which pages.
//
// Threads: the web server's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/http_head.h"
#include "core/http_server.h"
#include "core/web_page.h"
#include "sinks/web_settings.h"

namespace callstream::sinks {

class web_access {
public:
    explicit web_access(const web_settings& settings) : settings_(settings) {}

    // The answer to a request that is not to be served; nothing if it is. Valid until the next
    // request.
    std::optional<http_answer> refuse(const http_head& head, const socket_address& peer,
                                      web_secrecy secrecy);
    // Header lines that let the request's page read the answer. Valid until the next request.
    std::string_view cors_fields(const http_head& head);

private:
    bool has_token(const http_head& head) const;

    const web_settings& settings_;
    std::string fields_;
};

}  // namespace callstream::sinks
