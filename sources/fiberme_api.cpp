#include "sources/fiberme_api.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/json_output.h"
#include "core/json_reader.h"
#include "sources/yeastar_api.h"

namespace callstream::sources {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t list_size_max = 16 * 1024 * 1024;
constexpr std::string_view bearer = "Bearer ";
constexpr std::string_view spool = "/var/spool/asterisk/monitor/recording/";
constexpr std::string_view general = "/pbx/play/general-recording/";
constexpr std::string_view played = "/pbx/play/";
// The API takes dates of the PBX's own clock. No zone is further from UTC than this.
constexpr auto zone_most = 14h;

constexpr std::array<std::string_view, 3> list_paths{
    "/pbx/call-log/search-calllog-page", "/pbx/call-log/search-conference-recording-page",
    "/pbx/call-log/search-onetouch-recording-page"};

std::string date_of(timestamp time) {
    std::array<char, rfc3339_size> text;
    format_rfc3339(time, text);
    return {text.data(), 10};
}

http_call_request post(std::string url, std::string body) {
    http_call_request request;
    request.method = "POST";
    request.url = std::move(url);
    request.headers = {"Content-Type: application/json"};
    request.body = std::move(body);
    return request;
}

// The number behind "code" near the begin of an answer; nothing if there is none.
std::optional<int> code_of(std::string_view body) {
    constexpr std::string_view name = "\"code\"";
    const std::size_t at = body.substr(0, 256).find(name);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t digits = body.find_first_not_of(" \t\r\n:\"", at + name.size());
    int code = 0;
    if (digits == std::string_view::npos ||
        std::from_chars(body.data() + digits, body.data() + body.size(), code).ec != std::errc{})
        return std::nullopt;
    return code;
}

std::string words_of(const poll_answer& answer) {
    json_document document;
    const auto read = document.parse(answer.body);
    return read ? std::string((*read)["message"].text().substr(0, 120)) : std::string();
}

poll_judgement finding(poll_finding found, std::string_view words, std::string detail = {}) {
    return {found, words, std::move(detail)};
}

}  // namespace

poll_judgement judge_fiberme(const poll_answer& answer) {
    const auto code = looks_like_html(answer) ? std::nullopt : code_of(answer.body);
    if (answer.status == 401 || (answer.status == 200 && code == 401))
        return finding(poll_finding::logged_out,
                       "the login is over, or this user has no permission for that (401)",
                       words_of(answer));
    if (answer.status == 400 || (answer.status == 200 && code == 400))
        return finding(poll_finding::bad_request,
                       "a parameter is wrong, or there is no such record (400)", words_of(answer));
    if (auto judged = judge_status(answer.status); !judged.fine()) return judged;
    if (!code)
        return finding(poll_finding::foreign, looks_like_html(answer)
                                                  ? "a web page came instead of the API's answer"
                                                  : "this is no answer of an FCM5600's API");
    if (*code != 0)
        return finding(poll_finding::busy, "the PBX answered with an error",
                       "code " + std::to_string(*code) + " " + words_of(answer));
    return {};
}

http_call_request make_fiberme_list(const fiberme_settings& settings, fiberme_list which,
                                    const poll_window& window, unsigned page) {
    std::string body;
    const auto add = [&body](std::string_view name, std::string_view value) {
        body.append(body.empty() ? "{\"" : ",\"").append(name).append("\":").append(value);
    };
    add("from", '"' + date_of(window.from - zone_most) + '"');
    add("to", '"' + date_of(window.to + zone_most) + '"');
    add("type", "\"all\"");
    add("src", "\"\"");
    add("dest", "\"\"");
    if (which != fiberme_list::conference) {
        add("pinCode", "\"\"");
        add("trunkName", "\"\"");
    }
    add("status", "\"all\"");
    add("page", std::to_string(page));
    add("pageSize", std::to_string(settings.page_size));
    auto request =
        post(url_below(settings.url, list_paths[static_cast<std::size_t>(which)]), body + "}");
    request.answer_size_max = list_size_max;
    return request;
}

http_call_request make_fiberme_state(const fiberme_settings& settings, std::string_view state) {
    http_call_request request;
    request.url = url_below(settings.url, "/pbx/systeminfo/").append(state);
    return request;
}

result<http_call_request> make_fiberme_download(const fiberme_settings& settings,
                                                std::string_view token, std::string_view file) {
    if (token.starts_with(bearer)) token.remove_prefix(bearer.size());
    if (file.starts_with(spool)) file.remove_prefix(spool.size());
    std::string path(file);
    // What the PBX names must not choose the host that gets the token.
    if (!file.starts_with('/'))
        path.insert(0, general);
    else if (!file.starts_with(played))
        return failure(errc::not_found, "the recording lies where the PBX plays none from");
    if (path.ends_with('/') || path.ends_with("/..") || path.find("/../") != std::string::npos)
        return failure(errc::not_found, "this is no recording's name");
    std::string escaped;
    for (std::size_t begin = 0; begin < path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        escaped += percent_encoded(std::string_view(path).substr(begin, end - begin));
        if (end < path.size()) escaped += '/';
        begin = end + 1;
    }
    http_call_request request;
    request.url = url_below(settings.url, escaped) + "?token=" + percent_encoded(token);
    request.total_timeout = 0ms;
    return request;
}

result<std::optional<http_call_request>> fiberme_session::make_login() {
    rapidjson::StringBuffer body;
    rapidjson::Writer<rapidjson::StringBuffer> writer(body);
    writer.StartObject();
    writer.Key("username");
    writer.String(settings_.username.data(), static_cast<unsigned>(settings_.username.size()));
    writer.Key("password");
    const std::string& password = settings_.password.reveal();
    writer.String(password.data(), static_cast<unsigned>(password.size()));
    writer.EndObject();
    return std::optional(
        post(url_below(settings_.url, settings_.login_path), {body.GetString(), body.GetSize()}));
}

poll_judgement fiberme_session::take_login(const poll_answer& answer) {
    poll_judgement judged = judge_fiberme(answer);
    // A login has no other way to say so than 400 and "not equal".
    if (judged.finding == poll_finding::bad_request || judged.finding == poll_finding::logged_out) {
        const bool locked = judged.detail.find("lock") != std::string::npos;
        judged.finding = locked ? poll_finding::locked : poll_finding::credentials;
        judged.words = locked ? "the account is locked" : "username or password is wrong";
    }
    if (!judged.fine()) return judged;
    json_document document;
    const auto read = document.parse(answer.body);
    const std::string_view token = read ? (*read)["data"].text() : std::string_view();
    if (token.empty() || token.find_first_of("\r\n") != std::string_view::npos)
        return finding(poll_finding::foreign, "the login gave no token");
    token_ = token;
    return judged;
}

void fiberme_session::sign(http_call_request& request) {
    if (token_.empty()) return;
    const bool has_scheme =
        token_.find(' ') != std::string::npos || settings_.token_header != "Authorization";
    request.headers.push_back(settings_.token_header + ": " +
                              (has_scheme ? token_ : std::string(bearer) + token_));
}

http_call_request fiberme_cdr_api::make_question(const cdr_question& question) {
    if (question.page == 0) {
        page_ = base_.value_or(1);
        probes_ = false;
        window_ = question.window;
        row_count_ = 0;
    }
    return make_fiberme_list(settings_, which_, question.window, page_);
}

// Of `count_total` calls a first page shows as many as it can.
void fiberme_cdr_api::learn_base(std::size_t item_count, std::size_t count_total) {
    const std::size_t size = settings_.page_size;
    if (item_count < std::min(count_total, size))
        base_ = 0;
    else if (count_total < 2 * size)
        base_ = 1;
}

// What page 0 was: the same as page 1, or nothing, where pages begin with 1.
bool fiberme_cdr_api::probe(const cdr_reading& told, const std::vector<cdr_row>& rows,
                            std::size_t first) {
    const auto finding = told.judgement.finding;
    if (finding != poll_finding::fine && finding != poll_finding::bad_request &&
        finding != poll_finding::busy)
        return false;
    const bool is_first =
        finding == poll_finding::fine && rows.size() > first &&
        std::none_of(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(),
                     [this](const cdr_row& row) { return keys_.count(row.key + row.cdr_id) > 0; });
    base_ = is_first ? 0 : 1;
    page_ = 2;
    probes_ = false;
    keys_.clear();
    return true;
}

cdr_reading fiberme_cdr_api::read(const poll_answer& answer, std::vector<cdr_row>& rows) {
    cdr_reading told;
    const std::size_t first = rows.size();
    told.judgement = judge_fiberme(answer);
    if (told.judgement.fine()) {
        const cdr_decoding decoded = decoder_.decode(answer.body, answer.at, rows);
        told.rejected = decoded.rejected;
        told.count_total = decoded.count_total;
        // The log has no id of the call but its own; that in the name of a recording comes late,
        // and a call does not change its name.
        for (std::size_t i = first; i < rows.size(); ++i) {
            if (rows[i].key.empty()) continue;
            rows[i].call_id = rows[i].key;
            rows[i].leg_id.clear();
        }
        if (!decoded.problem.empty())
            told.judgement = finding(poll_finding::damaged, decoded.problem);
    }
    const bool probing = probes_ && page_ == 0;
    if (probing && probe(told, rows, first)) {
        told.judgement = {};
        told.count_total.reset();
        told.outside = drop_older(rows, first, window_.from);
        told.is_last = ends_;
        return told;
    }
    if (!told.judgement.fine()) return told;
    const std::size_t item_count = rows.size() - first + told.rejected;
    const std::size_t total = std::exchange(told.count_total, std::nullopt).value_or(0);
    keys_.clear();
    if (!base_)
        for (std::size_t i = first; i < rows.size(); ++i)
            keys_.insert(rows[i].key + rows[i].cdr_id);
    // The latest comes first: what is older than the window is followed by what is older still.
    told.outside = drop_older(rows, first, window_.from);
    row_count_ += item_count;
    const bool last_page =
        item_count < settings_.page_size || told.outside > 0 || (total > 0 && row_count_ >= total);
    told.is_last = last_page;
    if (!base_ && item_count + total == 0) return told;  // an empty list tells nothing of its pages
    if (!base_ && total > 0) {
        learn_base(item_count, total);
        if (base_ == 1U) page_ = 1;
        probes_ = base_ != 1U;
    } else if (!base_) {
        probes_ = true;
    }
    if (!probes_) {
        ++page_;
        return told;
    }
    // Page 0 is still to be read, or to be tried.
    ends_ = last_page;
    told.is_last = false;
    page_ = 0;
    return told;
}

}  // namespace callstream::sources
