#include "sources/nexo_api.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <utility>

#include "core/digest.h"

namespace callstream::sources {

namespace {

constexpr std::string_view cdr_list = "json_array_astcdrs";
constexpr std::string_view another_range = "the PBX understood another range than was asked for";
constexpr std::string_view login_wanted = "the PBX's session is over";
constexpr std::size_t date_size = 16;  // YYYY-MM-DD HH:MM

struct option {
    std::string_view name;
    std::string_view value;
};

bool is_plain(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._~:/;(),*").find(c) != std::string_view::npos;
}

// As the documentation writes it: what stands for itself in a query stays, as the colon of a time.
void append_value(std::string& url, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : value) {
        if (is_plain(c)) {
            url.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        url.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
}

http_call_request make(const std::string& base, std::string_view number,
                       std::initializer_list<option> options) {
    http_call_request request;
    request.method = "POST";
    request.url = base;
    request.url.append("/cgi/webserve/").append(number).append("?");
    for (const option& each : options) {
        request.url.append("&").append(each.name).append("=");
        append_value(request.url, each.value);
    }
    return request;
}

// The two that take files know no `&` before the first option.
http_call_request make_for_files(const std::string& base, std::string_view number,
                                 std::string_view wavfiles) {
    http_call_request request;
    request.url = base;
    request.url.append("/cgi/webserve/").append(number).append("?wavfiles=");
    append_value(request.url, wavfiles);
    return request;
}

// What the PBX says that it was asked for, where it says so.
bool differs(std::string_view echo, std::string_view asked) noexcept {
    return !echo.empty() && !asked.empty() && echo != asked;
}

// The same of an answer that is too long to be parsed for that alone: the echo stands behind the
// rows.
std::string_view echo_of_startdate(std::string_view body) noexcept {
    constexpr std::string_view name = "\"startdate\"";
    const std::size_t filter = body.rfind("\"json_obj_filter\"");
    if (filter == std::string_view::npos) return {};
    body.remove_prefix(filter);
    const std::size_t at = body.find(name);
    if (at == std::string_view::npos) return {};
    body.remove_prefix(at + name.size());
    const std::size_t begin = body.find('"');
    const std::size_t end = begin == std::string_view::npos ? begin : body.find('"', begin + 1);
    return end == std::string_view::npos ? std::string_view()
                                         : body.substr(begin + 1, end - begin - 1);
}

poll_judgement foreign() {
    return {poll_finding::foreign, "a web page answered instead of the PBX's API", {}};
}

}  // namespace

result<http_call_request> make_nexo_login(const nexo_settings& settings) {
    const auto digest = to_md5_hex({settings.password.reveal()});
    if (!digest) return failure(errc::bad_config, "the system's OpenSSL forbids MD5");
    return make(settings.url, "8404", {{"UserName", settings.username}, {"Password", *digest}});
}

http_call_request make_nexo_cdr_query(const std::string& url, const nexo_range& range,
                                      const nexo_filter& filter) {
    return make(url, "9006",
                {{"startdate", range.startdate},
                 {"enddate", range.enddate},
                 {"src", filter.src},
                 {"dst", filter.dst},
                 {"disposition", filter.disposition},
                 {"userfield", filter.userfield},
                 {"minbillsec", filter.minbillsec},
                 {"maxbillsec", filter.maxbillsec},
                 {"cidname", filter.cidname},
                 {"in_route", filter.in_route},
                 {"IVR", filter.ivr},
                 {"port", filter.port}});
}

// 9005 and 9004 are documented with another order, and without the port.
http_call_request make_nexo_cdr_download(const std::string& url, const nexo_range& range,
                                         const nexo_filter& filter) {
    http_call_request request = make(url, "9005",
                                     {{"startdate", range.startdate},
                                      {"enddate", range.enddate},
                                      {"src", filter.src},
                                      {"dst", filter.dst},
                                      {"disposition", filter.disposition},
                                      {"userfield", filter.userfield},
                                      {"minbillsec", filter.minbillsec},
                                      {"maxbillsec", filter.maxbillsec},
                                      {"cidname", filter.cidname},
                                      {"IVR", filter.ivr},
                                      {"in_route", filter.in_route}});
    request.method = "GET";
    return request;
}

http_call_request make_nexo_cdr_deletion(const std::string& url, const nexo_range& range,
                                         const nexo_filter& filter) {
    http_call_request request = make_nexo_cdr_download(url, range, filter);
    request.method = "POST";
    request.url.replace(url.size() + std::string_view("/cgi/webserve/").size(), 4, "9004");
    return request;
}

http_call_request make_nexo_recording_query(const std::string& url, const nexo_range& range,
                                            const nexo_recording_filter& filter) {
    return make(url, "20053",
                {{"startdate", range.startdate},
                 {"enddate", range.enddate},
                 {"src", filter.src},
                 {"dst", filter.dst},
                 {"trunk", filter.trunk},
                 {"calltype", filter.calltype},
                 {"minduration", filter.minduration},
                 {"maxduration", filter.maxduration}});
}

http_call_request make_nexo_recording_download(const std::string& url, std::string_view wavfiles) {
    return make_for_files(url, "20036", wavfiles);
}

http_call_request make_nexo_recording_deletion(const std::string& url, std::string_view wavfiles) {
    http_call_request request = make_for_files(url, "20054", wavfiles);
    request.method = "POST";
    return request;
}

result<std::optional<http_call_request>> nexo_session::make_login() {
    auto request = make_nexo_login(settings_);
    if (!request) return tl::unexpected(request.error());
    return std::optional<http_call_request>(*std::move(request));
}

poll_judgement nexo_session::take_login(const poll_answer& answer) {
    if (looks_like_html(answer)) return foreign();
    if (poll_judgement judged = judge_status(answer.status); !judged.fine()) {
        if (judged.finding == poll_finding::logged_out) judged.finding = poll_finding::credentials;
        return judged;
    }
    const auto parsed = document_.parse(answer.body);
    if (!parsed) return {poll_finding::damaged, "the answer to the login cannot be read", {}};
    const std::string_view status = (*parsed)["LoginStatus"].text();
    if (status == "Success") return {};
    if (status.empty())
        return {poll_finding::foreign, "the answer to the login says nothing of it", {}};
    std::string detail = "LoginStatus: " + std::string(status.substr(0, 64));
    if ((*parsed)["UnderAttack"].number().value_or(0) != 0)
        return {poll_finding::locked, "the PBX locked us out after wrong passwords",
                std::move(detail)};
    return {poll_finding::credentials, "the PBX refused the API login", std::move(detail)};
}

poll_judgement judge_nexo_list(const poll_answer& answer, std::string_view list,
                               const nexo_range& asked) {
    if (poll_judgement judged = judge_status(answer.status); !judged.fine()) return judged;
    // Without a session it shows its login page.
    if (looks_like_html(answer))
        return {poll_finding::logged_out, login_wanted, "a web page came instead of JSON"};
    if (answer.body.empty())
        return {poll_finding::logged_out, "the PBX's API gave an empty answer", {}};
    json_document document;
    const auto parsed = document.parse(answer.body);
    if (!parsed) return {poll_finding::damaged, "the PBX's answer cannot be read", {}};
    const std::string_view status = (*parsed)["LoginStatus"].text();
    if (!status.empty() && status != "Success")
        return {poll_finding::logged_out, login_wanted, std::string(status.substr(0, 64))};
    const json_value rows = (*parsed)[list];
    if (!rows)
        return {poll_finding::damaged, "the PBX's answer holds no list of what was asked for",
                std::string((*parsed)["error"].text().substr(0, 64))};
    const json_value echo = (*parsed)["json_obj_filter"];
    if (differs(echo["startdate"].text(), asked.startdate) ||
        differs(echo["enddate"].text(), asked.enddate))
        return {poll_finding::bad_request, another_range, {}};
    return {};
}

// Its bounds are whole minutes. Whether the last minute counts to its end is not said.
http_call_request nexo_cdr_api::make_question(const cdr_question& question) {
    poll_window local = to_local(question.window, offset_);
    local.to = std::chrono::ceil<std::chrono::minutes>(local.to);
    asked_ = {local_text(local.from, date_size), local_text(local.to, date_size)};
    if (question.duration_min.count() == 0)
        return make_nexo_cdr_query(settings_.url, asked_, settings_.filter);
    nexo_filter longer = settings_.filter;
    std::int64_t wanted = 0;
    const std::string& least = longer.minbillsec;
    std::from_chars(least.data(), least.data() + least.size(), wanted);
    longer.minbillsec = std::to_string(std::max(wanted, question.duration_min.count()));
    return make_nexo_cdr_query(settings_.url, asked_, longer);
}

// An answer of many rows is read once; what has none is looked at for the reason.
cdr_reading nexo_cdr_api::read(const poll_answer& answer, std::vector<cdr_row>& rows) {
    cdr_reading reading;
    const std::size_t before = rows.size();
    cdr_decoding decoded;
    if (judge_status(answer.status).fine() && !looks_like_html(answer))
        decoded = rows_.decode(answer.body, answer.at, rows);
    reading.rejected = decoded.rejected;
    if (decoded.problem.empty() && rows.size() > before) {
        if (!differs(echo_of_startdate(answer.body), asked_.startdate)) return reading;
        rows.resize(before);
        reading.judgement = {poll_finding::bad_request, another_range, {}};
        return reading;
    }
    rows.resize(before);
    reading.judgement = judge_nexo_list(answer, cdr_list, asked_);
    if (reading.judgement.fine() && !decoded.problem.empty())
        reading.judgement = {poll_finding::damaged, decoded.problem,
                             "byte " + std::to_string(decoded.offset)};
    return reading;
}

}  // namespace callstream::sources
