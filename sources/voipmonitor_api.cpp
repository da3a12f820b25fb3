#include "sources/voipmonitor_api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/http_head.h"
#include "core/json_output.h"
#include "core/json_reader.h"
#include "sources/yeastar_api.h"

namespace callstream::sources {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t list_size_max = 16 * 1024 * 1024;
constexpr std::size_t refusal_size_max = 4096;
constexpr std::size_t passed_count_max = 4096;

constexpr std::array filters{"fcaller",         "fcalled",
                             "fcallerd_type",   "fcaller_domain",
                             "fcalled_domain",  "fcallerd_domain_type",
                             "fcallername",     "fsipcallerip",
                             "fsipcalledip",    "fsipcallerdip_type",
                             "fa_saddr",        "fb_saddr",
                             "fab_saddr_type",  "fcodec",
                             "fdurationgt",     "fdurationlt",
                             "fpddgt",          "fpddlt",
                             "fsipresponse",    "fbye",
                             "ftrunk",          "fa_ua",
                             "fb_ua",           "fab_ua_type",
                             "fcallid",         "fsensor_id",
                             "frtcp_maxjitter", "frtcp_avgjitter",
                             "frtcp_maxfr",     "frtcp_avgfr",
                             "fmosf1",          "fmosf2",
                             "fmosadapt",       "f_d50",
                             "f_d70",           "f_d90",
                             "f_d120",          "f_d150",
                             "f_d200",          "f_d300",
                             "floss1",          "floss2",
                             "floss3",          "floss4",
                             "floss5",          "floss6",
                             "floss7",          "floss8",
                             "floss9",          "floss10",
                             "ffilterTemplate"};

// Of getVoipCalls; the last one stands in examples of its document only.
constexpr std::array call_times{"startTime", "startTimeTo", "callEnd", "endTime"};
constexpr std::array call_filters{"caller", "called", "onlyConnected", "customHeaders"};
// Whose document has a reason for the audit log.
constexpr std::array audited{"getVoipCalls", "getVoiceRecording"};

std::string quoted(std::string_view text) {
    rapidjson::StringBuffer out;
    rapidjson::Writer<rapidjson::StringBuffer> writer(out);
    writer.String(text.data(), static_cast<unsigned>(text.size()));
    return {out.GetString(), out.GetSize()};
}

// What an answer says against us; nothing if it does not.
std::optional<std::string> refusal_in(std::string_view body) {
    if (body.size() > refusal_size_max || body.find("\"success\"") == std::string_view::npos)
        return std::nullopt;
    json_document document;
    const auto read = document.parse(body);
    if (!read || (*read)["success"].boolean().value_or(true)) return std::nullopt;
    for (const json_value said :
         {(*read)["errors"]["reason"], (*read)["errors"], (*read)["error"], (*read)["message"]})
        if (!said.text().empty()) return std::string(said.text().substr(0, 120));
    return std::string();
}

struct meaning {
    std::string_view word;  // lower case, in what was said
    poll_finding finding;
    std::string_view words;
};

constexpr std::array meanings{
    meaning{"session", poll_finding::logged_out, "the session is over"},
    meaning{"expired", poll_finding::logged_out, "the session is over"},
    meaning{"block", poll_finding::locked, "the user is blocked"},
    meaning{"lock", poll_finding::locked, "the user is locked"},
    meaning{"permission", poll_finding::forbidden, "this user may not ask that"},
    meaning{"denied", poll_finding::forbidden, "this user may not ask that"},
    meaning{"not allowed", poll_finding::forbidden, "this user may not ask that"},
    meaning{"disabled", poll_finding::disabled, "the API is disabled"},
    meaning{"password", poll_finding::credentials, "username or password is wrong"},
    meaning{"login", poll_finding::logged_out, "the session is over"},
    meaning{"user", poll_finding::credentials, "username or password is wrong"},
    meaning{"required", poll_finding::bad_request, "a parameter is missing"},
    meaning{"unknown task", poll_finding::disabled, "this version has no such task"},
};

poll_judgement judge(const poll_answer& answer, const meaning& without_words) {
    poll_judgement judged = judge_status(answer.status);
    if (!judged.fine()) return judged;
    if (looks_like_html(answer))
        return {poll_finding::foreign, "a web page came instead of the API's answer", {}};
    const auto said = refusal_in(answer.body);
    if (!said) return judged;
    std::string lower = *said;
    for (char& letter : lower)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    const auto* found = std::find_if(meanings.begin(), meanings.end(), [&](const meaning& one) {
        return lower.find(one.word) != std::string::npos;
    });
    if (lower.empty()) found = &without_words;
    if (found == meanings.end()) return {poll_finding::busy, "it answered with an error", *said};
    return {found->finding, found->words, *said};
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string with_t(std::string local) {
    if (local.size() > 10) local[10] = 'T';
    return local;
}

// Of a user's filter and ours.
std::string longer_of(const std::string& filter, std::chrono::seconds ours) {
    std::int64_t theirs = 0;
    std::from_chars(filter.data(), filter.data() + filter.size(), theirs);
    return ours.count() > theirs ? std::to_string(ours.count()) : filter;
}

}  // namespace

poll_judgement judge_voipmonitor_page(const poll_answer& answer) {
    return judge(answer, {"", poll_finding::logged_out, "there is no session"});
}

poll_judgement judge_voipmonitor_api(const poll_answer& answer) {
    return judge(answer, {"", poll_finding::bad_request, "a parameter is not accepted"});
}

std::string_view problem_of_voipmonitor_filter(voipmonitor_list list,
                                               std::string_view name) noexcept {
    const auto is_in = [name](const auto& names) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const auto is_like_one_of = [name](const auto& names) {
        return std::any_of(names.begin(), names.end(),
                           [name](std::string_view one) { return same_token(one, name); });
    };
    if (list == voipmonitor_list::ids) return "needs list = \"listing\" or \"calls\"";
    if (list == voipmonitor_list::listing)
        return is_in(filters) ? "" : "names what list = \"listing\" cannot filter by";
    if (name.empty()) return "has a filter without a name";
    if (is_in(call_filters)) return {};
    // Anything else is taken for the name of a custom header, and no call would have such a one.
    if (is_like_one_of(call_times)) return "names a time, which callstream sets";
    if (is_like_one_of(call_filters))
        return "must write caller, called, onlyConnected and customHeaders so";
    if (is_like_one_of(filters)) return "names a filter of list = \"listing\"";
    return {};
}

http_call_request make_voipmonitor_login(const voipmonitor_settings& settings) {
    http_call_request request;
    request.method = "POST";
    request.url = url_below(settings.url, "/php/model/sql.php?module=bypass_login&user=") +
                  percent_encoded(settings.username) +
                  "&pass=" + percent_encoded(settings.password.reveal());
    return request;
}

http_call_request make_voipmonitor_listing(const voipmonitor_settings& settings,
                                           const poll_window& window, std::size_t start) {
    http_call_request request;
    request.method = "POST";
    request.url = url_below(settings.url, "/php/model/sql.php?task=LISTING&module=CDR&fdatefrom=") +
                  with_t(local_text(window.from)) + "&fdateto=" + with_t(local_text(window.to));
    for (const auto& [name, value] : settings.filter)
        request.url.append("&").append(name).append("=").append(percent_encoded(value));
    request.url += "&page=" + std::to_string(start / settings.page_size + 1) +
                   "&start=" + std::to_string(start) +
                   "&limit=" + std::to_string(settings.page_size) +
                   "&sort=" + percent_encoded(R"([{"property":"calldate2","direction":"DESC"}])");
    request.answer_size_max = list_size_max;
    return request;
}

http_call_request make_voipmonitor_task(const voipmonitor_settings& settings, std::string_view task,
                                        std::string_view params) {
    http_call_request request;
    request.method = "POST";
    request.url = url_below(settings.url, "/php/api.php");
    request.headers = {"Content-Type: application/x-www-form-urlencoded"};
    request.body = "task=" + percent_encoded(task) + "&user=" + percent_encoded(settings.username) +
                   "&password=" + percent_encoded(settings.password.reveal());
    const bool is_audited = std::find(audited.begin(), audited.end(), task) != audited.end();
    if (is_audited && !settings.audit_reason.empty())
        request.body.append("&auditReason=").append(percent_encoded(settings.audit_reason));
    request.body.append("&params=").append(percent_encoded(params));
    request.answer_size_max = list_size_max;
    return request;
}

http_call_request make_voipmonitor_calls(const voipmonitor_settings& settings,
                                         const poll_window& window) {
    std::string params = "{\"startTime\":" + quoted(local_text(window.from)) +
                         ",\"startTimeTo\":" + quoted(local_text(window.to));
    for (const auto& [name, value] : settings.filter)
        params.append(",").append(quoted(name)).append(":").append(quoted(value));
    return make_voipmonitor_task(settings, "getVoipCalls", params + "}");
}

http_call_request make_voipmonitor_ids(const voipmonitor_settings& settings, std::uint64_t offset) {
    return make_voipmonitor_task(settings, "listCdrIds",
                                 "{\"offset\":\"" + std::to_string(offset) + "\",\"size\":\"" +
                                     std::to_string(settings.page_size) + "\"}");
}

http_call_request make_voipmonitor_active_calls(const voipmonitor_settings& settings) {
    return make_voipmonitor_task(
        settings, "listActiveCalls",
        settings.sensor_id.empty() ? "{}" : "{\"sensorId\":" + quoted(settings.sensor_id) + "}");
}

http_call_request make_voipmonitor_licence(const voipmonitor_settings& settings,
                                           std::string_view task) {
    http_call_request request;
    request.url = url_below(settings.url, "/php/apilicensecheck.php?task=").append(task);
    return request;
}

http_call_request make_voipmonitor_report(const voipmonitor_settings& settings,
                                          std::string_view report, timestamp local) {
    const std::string today = quoted(local_text(local, 10));
    return make_voipmonitor_task(settings, "reportSummary",
                                 "{\"report_name\":" + quoted(report) + ",\"datetime_from\":" +
                                     today + ",\"datetime_to\":" + today + ",\"json\":true}");
}

http_call_request make_voipmonitor_recording(const voipmonitor_settings& settings,
                                             std::string_view cdr_id, voipmonitor_sound sound) {
    std::string params = "{\"cdrId\":" + quoted(cdr_id);
    if (sound == voipmonitor_sound::ogg) params.append(",\"ogg\":true");
    if (sound == voipmonitor_sound::zip) params.append(",\"zip\":true");
    if (settings.after_connect) params.append(",\"saveaudio_afterconnect\":\"yes\"");
    auto request = make_voipmonitor_task(settings, "getVoiceRecording", params + "}");
    request.total_timeout = 0ms;
    return request;
}

http_call_request make_voipmonitor_capture(const voipmonitor_settings& settings,
                                           std::string_view call_id) {
    std::string params = "{\"callId\":" + quoted(call_id);
    if (settings.legs_within > 0ms) {
        const auto interval = std::chrono::ceil<std::chrono::seconds>(settings.legs_within);
        params.append(",\"cidInterval\":").append(std::to_string(interval.count()));
        params.append(",\"cidMerge\":true");
    }
    auto request = make_voipmonitor_task(settings, "getPCAP", params + "}");
    request.total_timeout = 0ms;
    return request;
}

result<std::optional<http_call_request>> voipmonitor_session::make_login() {
    // api.php has its own login in each request.
    if (settings_.list != voipmonitor_list::listing) return std::optional<http_call_request>();
    return std::optional(make_voipmonitor_login(settings_));
}

poll_judgement voipmonitor_session::take_login(const poll_answer& answer) {
    poll_judgement judged = judge_voipmonitor_page(answer);
    if (judged.finding == poll_finding::logged_out) {
        judged.finding = poll_finding::credentials;
        judged.words = "username or password is wrong";
    }
    if (!judged.fine()) return judged;
    json_document document;
    const auto read = document.parse(answer.body);
    const std::string_view id = read ? (*read)["SID"].text() : std::string_view();
    const std::string_view name = read ? (*read)["cookie_name"].text() : std::string_view();
    const auto is_plain = [](std::string_view text) {
        return !text.empty() && text.find_first_of("\r\n;=, ") == std::string_view::npos;
    };
    if (!is_plain(id) || !is_plain(name))
        return {poll_finding::foreign, "the login gave no session", {}};
    cookie_ = std::string(name).append("=").append(id);
    return judged;
}

void voipmonitor_session::sign(http_call_request& request) {
    const bool is_page = request.url.find("/php/model/") != std::string::npos;
    if (is_page && !cookie_.empty()) request.headers.push_back("Cookie: " + cookie_);
}

http_call_request voipmonitor_cdr_api::make_question(const cdr_question& question) {
    window_ = question.window;
    const poll_window local = to_local(window_, offset_);
    if (question.page == 0) {
        row_count_ = 0;
        begin_ids();
    }
    if (settings_.list == voipmonitor_list::calls) return make_voipmonitor_calls(settings_, local);
    if (settings_.list == voipmonitor_list::listing) {
        voipmonitor_settings asked = settings_;
        std::string& longer_than = asked.filter["fdurationgt"];
        longer_than = longer_of(longer_than, question.duration_min);
        if (longer_than.empty()) asked.filter.erase("fdurationgt");
        return make_voipmonitor_listing(asked, local, row_count_);
    }
    return make_voipmonitor_ids(settings_, next_id_);
}

// Behind all calls of which it is known that they began before the window.
void voipmonitor_cdr_api::begin_ids() {
    next_id_ = settings_.first_id;
    newest_ = {};
    passed_window_ = false;
    for (const auto& [newest, id] : passed_) {
        if (newest >= window_.from) break;
        newest_ = newest;
        next_id_ = id + 1;
    }
}

// Numbers grow with the time at which a call was written, not with that at which it began.
void voipmonitor_cdr_api::follow_ids(const std::vector<cdr_row>& rows, std::size_t first) {
    for (std::size_t i = first; i < rows.size(); ++i) {
        const std::uint64_t id = number_of(rows[i].cdr_id);
        if (id < next_id_ || id == UINT64_MAX) continue;
        next_id_ = id + 1;
        if (!rows[i].started_at) continue;
        newest_ = std::max(newest_, *rows[i].started_at);
        if (*rows[i].started_at >= window_.to + 24h) passed_window_ = true;
    }
    if (rows.size() == first || (!passed_.empty() && passed_.back().second + 1 >= next_id_)) return;
    passed_.emplace_back(newest_, next_id_ - 1);
    if (passed_.size() <= passed_count_max) return;
    // Half of the marks do: a window then begins some pages earlier than it could.
    std::size_t kept = 0;
    for (std::size_t i = 1; i < passed_.size(); i += 2)
        passed_[kept++] = passed_[i];
    passed_.resize(kept);
}

cdr_reading voipmonitor_cdr_api::read(const poll_answer& answer, std::vector<cdr_row>& rows) {
    cdr_reading told;
    const bool listing = settings_.list == voipmonitor_list::listing;
    told.judgement = listing ? judge_voipmonitor_page(answer) : judge_voipmonitor_api(answer);
    if (!told.judgement.fine()) return told;
    const std::size_t first = rows.size();
    const cdr_decoding decoded = decoder_.decode(answer.body, answer.at, rows);
    if (!decoded.problem.empty()) {
        told.judgement = {poll_finding::damaged, decoded.problem, std::string(decoded.said)};
        return told;
    }
    told.rejected = decoded.rejected;
    const std::size_t count = rows.size() - first + decoded.rejected;
    row_count_ += count;
    if (settings_.list == voipmonitor_list::ids) follow_ids(rows, first);
    told.outside = drop_older(rows, first, window_.from, finds_ended());
    told.is_last = settings_.list == voipmonitor_list::calls || count < settings_.page_size ||
                   passed_window_ ||
                   (listing && row_count_ >= decoded.count_total.value_or(SIZE_MAX));
    return told;
}

}  // namespace callstream::sources
