#include "sources/grandstream_api.h"

#include <algorithm>
#include <utility>

namespace callstream::sources {

namespace {

constexpr std::string_view spool = "/var/spool/asterisk/";
constexpr std::size_t file_name_size_max = 256;  // longer ones are cut by the UCM

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_plain(char c) noexcept {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           std::string_view("-._~:/,@").find(c) != std::string_view::npos;
}

// As the guide writes it: colons, commas and @ stand for themselves; a + must be escaped.
void append_value(std::string& url, std::string_view value) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_plain(c))
            url.push_back(c);
        else
            url.append({'%', digits[byte >> 4U], digits[byte & 15U]});
    }
}

class query {
public:
    query(const std::string& base, std::string_view path) {
        request_.url.append(base).append("/").append(path);
    }
    // The UCM takes an option without a value for an error.
    query& add(std::string_view name, std::string_view value) {
        if (value.empty()) return *this;
        request_.url.append(has_option_ ? "&" : "?").append(name).append("=");
        append_value(request_.url, value);
        has_option_ = true;
        return *this;
    }
    template <class Number>
    query& add_number(std::string_view name, const std::optional<Number>& value) {
        return value ? add(name, std::to_string(*value)) : *this;
    }
    http_call_request take() { return std::move(request_); }

private:
    http_call_request request_;
    bool has_option_ = false;
};

std::string joined(const std::vector<std::string>& names) {
    std::string all;
    for (const std::string& name : names)
        all.append(all.empty() ? "" : "@").append(name);
    return all;
}

std::string_view name_of_format(ucm_format format) noexcept {
    if (format == ucm_format::xml) return "xml";
    return format == ucm_format::csv ? "csv" : "json";
}

std::string_view problem_of_pattern(std::string_view pattern) noexcept {
    if (pattern.empty()) return "holds a comma too many";
    const bool has_wildcard = pattern.find_first_of("@_") != std::string_view::npos;
    for (const char c : pattern)
        if (!is_plain(c) || c == '/' || c == ':' || c == '~')
            return "may hold letters, digits, and - . _ @ only";
    if (!has_wildcard && std::count(pattern.begin(), pattern.end(), '-') > 1)
        return "holds a range with several hyphens";
    return {};
}

poll_judgement judge_problem(std::string_view problem) {
    if (problem.find("session has expired") != std::string_view::npos)
        return {poll_finding::logged_out, problem, {}};
    if (problem.find("permission") != std::string_view::npos)
        return {poll_finding::forbidden, problem, {}};
    if (problem.find("password") != std::string_view::npos)
        return {poll_finding::credentials, problem, {}};
    if (problem.find("too many sessions") != std::string_view::npos)
        return {poll_finding::busy, problem, {}};
    if (problem.find("refuses") != std::string_view::npos)
        return {poll_finding::bad_request, problem, {}};
    return {poll_finding::damaged, problem, {}};
}

}  // namespace

std::string_view problem_of_ucm_extensions(std::string_view list) noexcept {
    for (;;) {
        const std::size_t size = std::min(list.find(','), list.size());
        if (const auto problem = problem_of_pattern(list.substr(0, size)); !problem.empty())
            return problem;
        if (size == list.size()) return {};
        list.remove_prefix(size + 1);
    }
}

std::string_view problem_of_ucm_file(std::string_view name) noexcept {
    if (name.empty()) return "the recording has no name";
    if (name.size() > file_name_size_max)
        return "the recording's name is longer than the UCM takes";
    if (name.find(' ') != std::string_view::npos || name.find("..") != std::string_view::npos ||
        name.find_first_of("@&") != std::string_view::npos)
        return "the recording's name is one that the UCM skips";
    return {};
}

poll_judgement judge_ucm(const poll_answer& answer, std::string_view when_off) {
    switch (answer.status) {
        case 401:
            return {poll_finding::credentials, "the PBX refused the API login", {}};
        case 403:
            return {poll_finding::forbidden,
                    "the PBX refuses: our address is not in its list of permitted ones",
                    {}};
        case 404:
            return {poll_finding::disabled, when_off, {}};
        default:
            break;
    }
    poll_judgement judged = judge_status(answer.status);
    if (judged.fine() && looks_like_html(answer))
        judged = {poll_finding::foreign, "a web page answered instead of the PBX's API", {}};
    return judged;
}

http_call_request make_ucm_cdr_query(const ucm_settings& settings, const ucm_range& range,
                                     const ucm_page& page) {
    const ucm_filter& filter = settings.filter;
    return query(settings.url, "cdrapi")
        .add("format", name_of_format(settings.format))
        .add("caller", filter.caller)
        .add("callee", filter.callee)
        .add("answeredby", filter.answeredby)
        .add("startTime", range.start_time)
        .add("endTime", range.end_time)
        .add_number("minDur", filter.min_duration)
        .add_number("maxDur", filter.max_duration)
        .add_number("numRecords", page.count)
        .add_number("offset", page.offset)
        .take();
}

http_call_request make_ucm_recording_list(const ucm_settings& settings) {
    return query(settings.url, "recapi").take();
}

http_call_request make_ucm_recording_download(const ucm_settings& settings,
                                              std::string_view directory,
                                              const std::vector<std::string>& files) {
    return query(settings.url, "recapi")
        .add("filedir", directory)
        .add("filename", joined(files))
        .take();
}

std::string ucm_time(timestamp time, const zone_offset& offset) {
    const std::chrono::seconds ahead = offset(time);
    const auto minutes =
        std::chrono::duration_cast<std::chrono::minutes>(ahead < ahead.zero() ? -ahead : ahead);
    const auto two = [](long long value) {
        const auto tens = static_cast<char>('0' + value / 10 % 10);
        return std::string{tens, static_cast<char>('0' + value % 10)};
    };
    std::string text = local_text(time + ahead);
    text[10] = 'T';
    return text + (ahead < ahead.zero() ? '-' : '+') + two(minutes.count() / 60) + ':' +
           two(minutes.count() % 60);
}

void ucm_session::sign(http_call_request& request) {
    if (settings_.username.empty()) return;
    request.login = http_login::digest;
    request.username = settings_.username;
    request.password = settings_.password;
}

// Bounds are included, and calls are found by when they began. An offset counts calls, not their
// legs; full pages hold page_size of them.
http_call_request ucm_cdr_api::make_question(const cdr_question& question) {
    const timestamp last = std::max(question.window.from, question.window.to - duration(1));
    const std::uint64_t offset = std::uint64_t{question.page} * settings_.page_size;
    const ucm_range range{ucm_time(question.window.from, offset_), ucm_time(last, offset_)};
    const ucm_page page{settings_.page_size, offset};
    if (question.duration_min.count() == 0) return make_ucm_cdr_query(settings_, range, page);
    ucm_settings longer = settings_;
    const auto least = static_cast<std::uint32_t>(question.duration_min.count());
    longer.filter.min_duration = std::max(longer.filter.min_duration.value_or(0), least);
    return make_ucm_cdr_query(longer, range, page);
}

cdr_reading ucm_cdr_api::read(const poll_answer& answer, std::vector<cdr_row>& rows) {
    cdr_reading reading;
    reading.judgement = judge_ucm(answer, "the PBX has no CDR API, or it is off");
    if (!reading.judgement.fine()) return reading;
    // What a UCM answers to a format that it does not know.
    if (settings_.format != ucm_format::csv && answer.body.starts_with("AcctId,")) {
        reading.judgement = {poll_finding::bad_request, "the PBX did not like the question", {}};
        return reading;
    }
    const std::size_t before = rows.size();
    const cdr_decoding decoded = rows_.decode(answer.body, answer.at, rows);
    reading.rejected = decoded.rejected;
    // Legs are rows as well: a page of fewer rows than calls were asked for is the last for sure.
    reading.is_last = rows.size() - before + decoded.rejected < settings_.page_size;
    if (!decoded.problem.empty()) {
        reading.judgement = judge_problem(decoded.problem);
        reading.judgement.detail = decoded.said.empty() ? "byte " + std::to_string(decoded.offset)
                                                        : std::string(decoded.said);
    }
    return reading;
}

// A name may come with its directory, below the spool or from the root.
void ucm_recordings::locate(const recording_facts& wanted, handler on_place) {
    std::string_view name = wanted.file;
    if (name.starts_with(spool)) name.remove_prefix(spool.size());
    std::string_view directory;  // the UCM's own: monitor
    if (const std::size_t slash = name.rfind('/'); slash != std::string_view::npos) {
        directory = name.substr(0, slash);
        name.remove_prefix(slash + 1);
    }
    place_ = place{make_ucm_recording_download(settings_, directory, {std::string(name)}), {}};
    if (const auto problem = problem_of_ucm_file(name); !problem.empty())
        place_ = failure(errc::not_found, problem);
    if (place_) ucm_session(settings_).sign(place_->request);
    told_ = std::move(on_place);
    answer_.start(std::chrono::milliseconds(0));
}

}  // namespace callstream::sources
