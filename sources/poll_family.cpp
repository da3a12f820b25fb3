#include "sources/poll_family.h"

#include <algorithm>
#include <array>

namespace callstream::sources {

poll_judgement judge_status(int status) {
    poll_judgement judged;
    if (status >= 200 && status < 300) return judged;
    judged.detail = "HTTP status " + std::to_string(status);
    if (status == 401) {
        judged.finding = poll_finding::logged_out;
        judged.words = "the PBX's API wants a login";
    } else if (status == 403) {
        judged.finding = poll_finding::forbidden;
        judged.words = "the PBX's API forbids that to this user";
    } else if (status == 404 || status == 405 || status == 410 || status == 501) {
        judged.finding = poll_finding::disabled;
        judged.words = "the PBX has no such API, or it is switched off";
    } else if (status == 408 || status == 425 || status == 429 || status == 503) {
        judged.finding = poll_finding::busy;
        judged.words = "the PBX's API wants to be asked later";
    } else if (status >= 500) {
        judged.finding = poll_finding::busy;
        judged.words = "the PBX's API answered with an error";
    } else if (status >= 400) {
        judged.finding = poll_finding::bad_request;
        judged.words = "the PBX's API did not accept the request";
    } else {
        judged.finding = poll_finding::foreign;
        judged.words = "the PBX's API did not answer with 200";
    }
    return judged;
}

std::string url_below(std::string_view url, std::string_view path) {
    while (url.ends_with('/'))
        url.remove_suffix(1);
    return std::string(url).append(path);
}

bool looks_like_html(const poll_answer& answer) noexcept {
    if (answer.content_type.find("html") == std::string_view::npos &&
        answer.content_type.find("json") != std::string_view::npos)
        return false;
    std::string_view body = answer.body.substr(0, 512);
    const std::size_t begin = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
    if (begin == std::string_view::npos) return false;
    body.remove_prefix(begin);
    constexpr std::array<std::string_view, 5> beginnings{"<!doctype", "<html", "<head", "<!--",
                                                         "<script"};
    const auto same = [](char written, char lower) {
        return (written >= 'A' && written <= 'Z' ? written - 'A' + 'a' : written) == lower;
    };
    return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view beginning) {
        return body.size() >= beginning.size() &&
               std::equal(beginning.begin(), beginning.end(), body.begin(),
                          [&](char lower, char written) { return same(written, lower); });
    });
}

}  // namespace callstream::sources
