#include "app/api_address.h"

#include <cstdio>

#include "app/load_settings.h"

namespace callstream::app {

namespace {

// Who listens everywhere is reached on loopback.
host_port reachable(host_port address) {
    if (address.host == "0.0.0.0") address.host = "127.0.0.1";
    if (address.host == "::") address.host = "::1";
    return address;
}

std::optional<api_address> refuse(const std::string& where, const char* what) {
    std::fprintf(stderr, "%s: %s\n", where.c_str(), what);
    return std::nullopt;
}

}  // namespace

std::optional<api_address> find_api(const std::string& config_path, const std::string& url,
                                    const std::string& token) {
    api_address found{url, secret(token)};
    if (!url.empty()) {
        if (!url.starts_with("http://") && !url.starts_with("https://"))
            return refuse("--url", "an address such as http://127.0.0.1:8261");
        while (found.url.ends_with('/'))
            found.url.pop_back();
        return found;
    }
    const loaded_settings loaded = load_settings(config_path);
    // Problems of other parts do not matter: a person who looks may not have their secrets.
    if (!loaded.value.web) {
        for (const config_problem& problem : loaded.problems)
            std::fprintf(stderr, "%s\n", format_problem(config_path, problem).c_str());
        return refuse(config_path, "has no [web] to read from; see also --url");
    }
    const auto& web = *loaded.value.web;
    if (!web.http.listen.empty()) {
        found.url = "http://" + format_host_port(reachable(web.http.listen.front()));
    } else if (!web.http.listen_secure.empty()) {
        found.url = "https://" + format_host_port(reachable(web.http.listen_secure.front()));
        found.tls.verify = tls_verify::none;  // an address of this machine, not the name it has
    } else {
        return refuse(config_path, "[web] listens nowhere");
    }
    if (found.token.empty() && !web.tokens.empty()) found.token = web.tokens.front();
    return found;
}

}  // namespace callstream::app
