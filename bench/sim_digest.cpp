#include "bench/sim_digest.h"

#include <fmt/format.h>

#include "core/digest.h"

namespace callstream::sim {

namespace {

constexpr std::string_view realm = "asterisk";

// A parameter of an Authorization field, quoted or not.
std::string_view parameter(std::string_view text, std::string_view name) {
    for (std::size_t at = text.find(name); at != std::string_view::npos;
         at = text.find(name, at + 1)) {
        const bool begins = at > 0 && (text[at - 1] == ' ' || text[at - 1] == ',');
        std::string_view value = text.substr(at + name.size());
        if (!begins || !value.starts_with('=')) continue;
        value.remove_prefix(1);
        if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
        return value.substr(0, value.find_first_of(", "));
    }
    return {};
}

}  // namespace

digest_verdict digest_guard::judge(const poll_question& question) const {
    const std::string_view said = question.authorization;
    if (!said.starts_with("Digest ")) return digest_verdict::absent;
    const std::string_view nonce = parameter(said, "nonce");
    const std::string_view address = parameter(said, "uri");
    const auto secret =
        to_md5_hex({pbx_.settings.username, ":", realm, ":", pbx_.settings.password});
    const auto asked = to_md5_hex({question.method, ":", address});
    if (!secret || !asked) return digest_verdict::wrong;
    const auto wanted =
        to_md5_hex({*secret, ":", nonce, ":", parameter(said, "nc"), ":", parameter(said, "cnonce"),
                    ":", parameter(said, "qop"), ":", *asked});
    if (pbx_.refuse == poll_refusal::password || address != question.target ||
        parameter(said, "username") != pbx_.settings.username ||
        parameter(said, "response") != *wanted)
        return digest_verdict::wrong;
    return pbx_.sessions.is_open(nonce, question.now_s) ? digest_verdict::right
                                                        : digest_verdict::stale;
}

poll_reply digest_guard::challenge(const poll_question& question, bool stale) const {
    poll_reply refused{"<html><body><h1>401 Unauthorized</h1></body></html>\n", 401, "text/html"};
    refused.headers = fmt::format(
        "WWW-Authenticate: Digest algorithm=MD5, realm=\"{}\", nonce=\"{}\", qop=\"auth\", "
        "opaque=\"0\"{}\r\n",
        realm, pbx_.sessions.open(question.now_s), stale ? ", stale=true" : "");
    refused.is_refusal = true;
    return refused;
}

}  // namespace callstream::sim
