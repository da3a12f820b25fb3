#include "sinks/web_access.h"

#include <algorithm>

#include "core/digest.h"
#include "sinks/web_request.h"

namespace callstream::sinks {

namespace {

constexpr std::string_view bearer = "Bearer ";

std::string_view bearer_of(const http_head& head) noexcept {
    const std::string_view said = head.find("Authorization");
    if (said.size() <= bearer.size() ||
        !same_token(said.substr(0, bearer.size() - 1), bearer.substr(0, bearer.size() - 1)))
        return {};
    return said.substr(bearer.size());
}

}  // namespace

bool web_access::has_token(const http_head& head) const {
    const std::string_view in_header = bearer_of(head);
    const std::vector<std::string> said = query_values(head.query, "token");
    const std::string_view in_query = said.empty() ? std::string_view() : said.front();
    bool found = false;
    for (const secret& token : settings_.tokens) {  // all of them: time tells nothing
        const bool by_header = same_secret(in_header, token.reveal());
        const bool by_query = same_secret(in_query, token.reveal());
        found = found || by_header || by_query;
    }
    return found;
}

std::string_view web_access::cors_fields(const http_head& head) {
    fields_.clear();
    const std::string_view origin = head.find("Origin");
    if (origin.empty() || settings_.origins.empty()) return fields_;
    const auto is = [](std::string_view wanted) {
        return [wanted](const std::string& allowed) { return allowed == wanted; };
    };
    const auto& origins = settings_.origins;
    if (std::any_of(origins.begin(), origins.end(), is("*")))
        fields_ = "Access-Control-Allow-Origin: *\r\n";
    else if (std::any_of(origins.begin(), origins.end(), is(origin)))
        fields_.append("Access-Control-Allow-Origin: ").append(origin).append("\r\n");
    fields_ += "Vary: Origin\r\nAccess-Control-Expose-Headers: ETag\r\n";
    return fields_;
}

std::optional<http_answer> web_access::refuse(const http_head& head, const socket_address& peer,
                                              web_secrecy secrecy) {
    const ip_address from(peer);
    const bool allowed =
        settings_.allow.empty() ||
        std::any_of(settings_.allow.begin(), settings_.allow.end(),
                    [&from](const ip_range& range) { return range.contains(from); });
    if (!allowed) return http_answer{403, "this address may not read here\n"};
    if (head.method == "OPTIONS") {
        cors_fields(head);
        fields_ +=
            "Access-Control-Allow-Methods: GET\r\n"
            "Access-Control-Allow-Headers: Authorization, Last-Event-ID, Cache-Control\r\n"
            "Access-Control-Max-Age: 600\r\n";
        http_answer preflight{204};
        preflight.headers = fields_;
        return preflight;
    }
    if (head.method != "GET" && head.method != "HEAD") {
        http_answer answer{405, "this path is read with GET\n"};
        answer.allow = "GET, HEAD, OPTIONS";
        return answer;
    }
    if (secrecy == web_secrecy::open || settings_.tokens.empty() || has_token(head))
        return std::nullopt;
    http_answer answer{401, "a token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN\n"};
    answer.challenge = "Bearer realm=\"callstream\"";
    answer.headers = cors_fields(head);
    return answer;
}

}  // namespace callstream::sinks
