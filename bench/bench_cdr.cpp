// CDR answers to rows: how long each format takes for a row, beside a search for the line ends of
// the same bytes, which is the least that anything must do.
//
// Both run in turns; the best round of each counts.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/cdr_decoder.h"

namespace callstream::bench {

namespace {

using clock = std::chrono::steady_clock;

constexpr int round_count = 30;
constexpr int row_count = 1000;  // a full page of a UCM

struct column {
    const char* name;
    std::string value;
};

std::vector<column> columns_of(int number) {
    const std::string id = std::to_string(1386092800 + number);
    const std::string hex = std::to_string(10'000'000 + number);
    return {{"AcctId", std::to_string(number)},
            {"accountcode", ""},
            {"src", "5300"},
            {"dst", "5301"},
            {"dcontext", "from-internal"},
            {"clid", "\"pn01\" <5300>"},
            {"channel", "PJSIP/5300-" + hex},
            {"dstchannel", "PJSIP/5301-" + hex},
            {"lastapp", "Dial"},
            {"lastdata", "PJSIP/5301/sip:5301@192.0.2.7:5066,60,ztTkKA(dialog-being-recorded)"},
            {"start", "2013-12-03 11:46:40"},
            {"answer", "2013-12-03 11:46:43"},
            {"end", "2013-12-03 11:46:49"},
            {"duration", "9"},
            {"billsec", "6"},
            {"disposition", "ANSWERED"},
            {"amaflags", "DOCUMENTATION"},
            {"uniqueid", id + ".7"},
            {"userfield", "Internal"},
            {"recordfiles", "auto-" + id + "-5300-5301.wav@"},
            {"session", id + "104140-5300"},
            {"action_owner", "5300"},
            {"action_type", "DIAL"}};
}

std::string quoted(const std::string& value, const char* escape) {
    std::string out = "\"";
    for (const char c : value) {
        if (c == '"') out += escape;
        out += c;
    }
    return out + '"';
}

std::string body_of(parsers::cdr_format format) {
    const bool is_json = format == parsers::cdr_format::ucm_json;
    const bool is_xml = format == parsers::cdr_format::ucm_xml;
    std::string body = is_json ? "{\"cdr_root\":[\n" : is_xml ? "<root>\n" : "";
    for (int number = 0; number < row_count; ++number) {
        std::string row;
        std::string names;
        for (const column& each : columns_of(number)) {
            const std::string comma = row.empty() ? "" : ",";
            if (is_json)
                row += comma + '"' + each.name + "\":" + quoted(each.value, "\\");
            else if (is_xml)
                row += '<' + std::string(each.name) + '>' + each.value + "</" + each.name + '>';
            else
                row += comma + quoted(each.value, "\"");
            names += (names.empty() ? "" : ",") + std::string(each.name);
        }
        if (is_json)
            body += (number == 0 ? "{" : ",\n{") + row + '}';
        else if (is_xml)
            body += "<cdr>" + row + "</cdr>\n";
        else
            body += (number == 0 ? names + '\n' : "") + row + '\n';
    }
    return body + (is_json ? "\n]}\n" : is_xml ? "</root>\n" : "");
}

std::size_t line_ends_in(std::string_view body) {
    std::size_t count = 0;
    const char* at = body.data();
    const char* const end = at + body.size();
    while (const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
        ++count;
        at = static_cast<const char*>(found) + 1;
    }
    return count;
}

double best_of(const clock::duration& best) {
    return std::chrono::duration<double, std::nano>(best).count() / row_count;
}

bool measure(const char* name, parsers::cdr_format format) {
    const std::string body = body_of(format);
    parsers::cdr_decoder_settings settings;
    settings.format = format;
    std::vector<cdr_row> rows;
    auto best = clock::duration::max();
    auto floor = clock::duration::max();
    std::size_t ends = 0;
    for (int round = 0; round < round_count; ++round) {
        parsers::cdr_decoder decoder(settings);
        rows.clear();
        const auto begin = clock::now();
        const cdr_decoding read = decoder.decode(body, timestamp(), rows);
        const auto middle = clock::now();
        ends += line_ends_in(body);
        const auto end = clock::now();
        best = std::min(best, middle - begin);
        floor = std::min(floor, end - middle);
        if (!read.problem.empty() || rows.size() != row_count) {
            std::fprintf(stderr, "bench_cdr: %s: not every row was read\n", name);
            return false;
        }
    }
    std::printf("%-8s %5zu bytes a row %8.0f ns a row %8.1f MB/s   floor %6.1f ns (%zu lines)\n",
                name, body.size() / row_count, best_of(best),
                static_cast<double>(body.size()) / row_count / best_of(best) * 1000, best_of(floor),
                ends / round_count);
    return true;
}

}  // namespace

}  // namespace callstream::bench

int main() {
    using callstream::bench::measure;
    using callstream::parsers::cdr_format;
    return measure("ucm-json", cdr_format::ucm_json) && measure("ucm-xml", cdr_format::ucm_xml) &&
                   measure("ucm-csv", cdr_format::ucm_csv)
               ? 0
               : 1;
}
