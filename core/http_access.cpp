#include "core/http_access.h"

#include <algorithm>

#include "core/digest.h"

namespace callstream {

namespace {

std::string_view after_scheme(std::string_view value, std::string_view scheme) noexcept {
    if (value.size() <= scheme.size() || !same_token(value.substr(0, scheme.size()), scheme) ||
        value[scheme.size()] != ' ')
        return {};
    value.remove_prefix(scheme.size());
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

bool is_signature(std::string_view said, http_signature& signature) {
    constexpr std::string_view prefix = "sha256=";
    if (said.starts_with(prefix)) said.remove_prefix(prefix.size());
    const auto bytes = said.size() == 2 * signature.size() ? from_hex(said) : from_base64(said);
    if (!bytes || bytes->size() != signature.size()) return false;
    std::copy(bytes->begin(), bytes->end(), signature.begin());
    return true;
}

bool has_password(const http_access_settings& settings, std::string_view authorization) {
    const auto said = from_base64(after_scheme(authorization, "Basic"));
    const std::string wanted = settings.username + ':' + settings.password.reveal();
    return said && same_secret(*said, wanted);
}

bool has_token(const http_access_settings& settings, const http_head& head,
               std::string_view authorization) {
    const std::string& wanted = settings.token.reveal();
    const bool in_header = same_secret(after_scheme(authorization, "Bearer"), wanted);
    const bool in_query = same_secret(query_value(head.query, "token"), wanted);
    return in_header || in_query;
}

}  // namespace

bool needs_credentials(const http_access_settings& settings) noexcept {
    return !settings.password.empty() || !settings.token.empty() || !settings.signing_key.empty();
}

http_access check_access(const http_access_settings& settings, const http_head& head,
                         const socket_address& peer, http_signature& signature) {
    const ip_address from(peer);
    const bool allowed =
        settings.allow.empty() ||
        std::any_of(settings.allow.begin(), settings.allow.end(),
                    [&from](const ip_range& range) { return range.contains(from); });
    if (!allowed) return http_access::forbidden;
    if (!needs_credentials(settings)) return http_access::granted;
    const std::string_view authorization = head.find("Authorization");
    if (!settings.password.empty() && has_password(settings, authorization))
        return http_access::granted;
    if (!settings.token.empty() && has_token(settings, head, authorization))
        return http_access::granted;
    if (!settings.signing_key.empty() && is_signature(head.find("X-Signature"), signature))
        return http_access::wants_signature;
    return http_access::unauthorized;
}

bool check_signature(const http_access_settings& settings, std::string_view body,
                     const http_signature& signature) {
    const http_signature right = to_hmac_sha256(settings.signing_key.reveal(), body);
    const auto view = [](const http_signature& bytes) {
        return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    };
    return same_secret(view(right), view(signature));
}

}  // namespace callstream
