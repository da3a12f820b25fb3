#include "parsers/ucm_push.h"

#include <algorithm>
#include <array>
#include <utility>

namespace callstream::parsers {
namespace {

constexpr std::string_view blanks{" \t\r\n,\0\xEF\xBB\xBF", 9};

cdr_decoder_settings settings_for(cdr_format format, const ucm_push_settings& from) {
    cdr_decoder_settings settings;
    settings.format = format;
    settings.timezone = from.timezone;
    settings.charset = from.charset;
    settings.calls_by_channel = from.calls_by_channel;
    return settings;
}

bool is_http(std::string_view pending) noexcept {
    constexpr std::array<std::string_view, 4> methods{"POST ", "GET ", "PUT ", "HEAD "};
    return std::any_of(methods.begin(), methods.end(),
                       [pending](std::string_view method) { return pending.starts_with(method); });
}

// The end of the object or array that `json` begins with.
std::size_t json_size(std::string_view json) noexcept {
    std::size_t depth = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (is_quoted) {
            if (c == '\\') ++i;
            if (c == '"') is_quoted = false;
        } else if (c == '"') {
            is_quoted = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1;
        }
    }
    return 0;
}

// The end of the element that `xml` begins with, behind a declaration and comments. UCMs nest none
// in one of its own name.
std::size_t xml_size(std::string_view xml) noexcept {
    std::size_t at = 0;
    while (xml.substr(at).starts_with("<?") || xml.substr(at).starts_with("<!")) {
        const std::size_t end = xml.find('>', at);
        if (end == std::string_view::npos) return 0;
        at = std::min(xml.find('<', end), xml.size());
    }
    const std::size_t name_end = xml.find_first_of(" \t\r\n/>", at);
    const std::size_t tag_end = xml.find('>', at);
    if (name_end == std::string_view::npos || tag_end == std::string_view::npos) return 0;
    if (xml[tag_end - 1] == '/') return tag_end + 1;
    const std::string_view name = xml.substr(at + 1, name_end - at - 1);
    for (std::size_t from = tag_end;;) {
        const std::size_t close = xml.find("</", from);
        if (close == std::string_view::npos) return 0;
        const std::string_view rest = xml.substr(close + 2);
        if (rest.starts_with(name) && rest.size() > name.size() && rest[name.size()] == '>')
            return close + 2 + name.size() + 1;
        from = close + 2;
    }
}

}  // namespace

ucm_push::ucm_push(const ucm_push_settings& settings, ways to)
    : to_(std::move(to)),
      json_(settings_for(cdr_format::ucm_json, settings)),
      xml_(settings_for(cdr_format::ucm_xml, settings)) {}

// That a body comes again is no matter: rows are told once, whichever way they come.
report_verdict ucm_push::decode(std::string_view body, timestamp arrived, report_coming) {
    rows_.clear();
    const std::size_t first = body.find_first_not_of(blanks);
    const bool is_xml = first != std::string_view::npos && body[first] == '<';
    cdr_decoder& decoder = is_xml ? xml_ : json_;
    const cdr_decoding read = decoder.decode(body, arrived, rows_);
    report_verdict verdict{read.problem, read.offset};
    if (verdict.accepted() && rows_.empty()) {
        verdict.problem = "there is no CDR in it";
        if (!decoder.problems().empty()) verdict.problem = decoder.problems().front().what;
    }
    if (!verdict.accepted()) {
        ++counters_.rejected;
        return verdict;
    }
    ++counters_.reports;
    counters_.rejected += read.rejected;
    for (const cdr_row& row : rows_)
        to_.take(row);
    return verdict;
}

result<std::size_t> ucm_document_size(std::string_view pending) noexcept {
    const std::size_t first = std::min(pending.find_first_not_of(blanks), pending.size());
    const std::string_view rest = pending.substr(first);
    if (rest.empty()) return first;
    if (is_http(rest))
        return failure(errc::wrong_protocol, "this is HTTP, where CDRs were expected bare");
    if (rest.front() != '{' && rest.front() != '[' && rest.front() != '<')
        return failure(errc::lost_boundary, "this is neither JSON nor XML");
    const std::size_t size = rest.front() == '<' ? xml_size(rest) : json_size(rest);
    return size == 0 ? 0 : first + size;
}

result<std::size_t> ucm_stream::decode(std::string_view pending, timestamp arrived,
                                       message_handler*) {
    std::size_t done = 0;
    for (;;) {
        const auto size = ucm_document_size(pending.substr(done));
        if (!size) return tl::unexpected(size.error());
        if (*size == 0 || !has_room_()) break;
        std::string_view document = pending.substr(done, *size);
        done += *size;
        counters_.bytes += *size;
        const std::size_t first = document.find_first_not_of(blanks);
        if (first == std::string_view::npos) continue;
        document.remove_prefix(first);
        ++counters_.messages;
        const report_verdict verdict = reports_.decode(document, arrived, report_coming::first);
        if (verdict.accepted()) continue;
        ++counters_.rejected;
        problem_ = verdict.problem;
    }
    torn_size_ = pending.size() - done;
    return done;
}

void ucm_stream::finish(timestamp) {
    if (torn_size_ == 0) return;
    ++counters_.messages;
    ++counters_.rejected;
    counters_.bytes += torn_size_;
    torn_size_ = 0;
    problem_ = "the connection ended within a record";
}

}  // namespace callstream::parsers
