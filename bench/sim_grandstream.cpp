// A UCM6xxx: /cdrapi and /recapi behind Digest.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "bench/sim_digest.h"
#include "bench/sim_poll_family.h"
#include "bench/sim_sound.h"
#include "bench/sim_ucm_records.h"

namespace callstream::sim {

namespace {

constexpr std::uint64_t record_count_max = 1000;
constexpr std::size_t file_name_size_max = 256;
constexpr std::string_view anything = "@";

std::optional<std::uint64_t> to_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? std::optional(number) : std::nullopt;
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.starts_with(anything)) {
        for (std::size_t i = 0; i <= text.size(); ++i)
            if (matches_pattern(pattern.substr(1), text.substr(i))) return true;
        return false;
    }
    return !text.empty() && (pattern.front() == '_' || pattern.front() == text.front()) &&
           matches_pattern(pattern.substr(1), text.substr(1));
}

bool matches_one(std::string_view wanted, std::string_view number) {
    if (wanted.find_first_of("@_") != std::string_view::npos)
        return matches_pattern(wanted, number);
    const std::size_t hyphen = wanted.find('-');
    if (hyphen == std::string_view::npos) return wanted == number;
    const auto from = to_number(wanted.substr(0, hyphen));
    const auto to = to_number(wanted.substr(hyphen + 1));
    const auto value = to_number(number);
    return from && to && value && *from <= *value && *value <= *to;
}

// UTC of a time in a query: a date, a date with a time and perhaps a zone, a time, now, seconds.
std::optional<std::int64_t> to_time(std::string_view text, std::int64_t now_s) {
    if (text == "now") return now_s;
    if (text.find_first_not_of("0123456789") == std::string_view::npos && text.size() > 8)
        return to_number(text).value_or(0);
    std::int64_t offset_s = 0;
    const std::size_t begin = text.find('T');
    const bool is_time = begin == std::string_view::npos && text.find(':') < 3;
    if (begin != std::string_view::npos || is_time) {
        const std::size_t zone = text.find_first_of("Z+-", is_time ? 0 : begin);
        const std::string_view named = zone == std::string_view::npos ? "" : text.substr(zone);
        if (named.size() == 6) {
            const auto hours = to_number(named.substr(1, 2));
            const auto minutes = to_number(named.substr(4));
            if (!hours || !minutes) return std::nullopt;
            offset_s = static_cast<std::int64_t>(*hours * 3600 + *minutes * 60);
            if (named.front() == '-') offset_s = -offset_s;
        } else if (!named.empty() && named != "Z") {
            return std::nullopt;
        }
        text = text.substr(0, zone);
    }
    if (text.find_first_not_of("0123456789-:T.") != std::string_view::npos) return std::nullopt;
    const std::string whole = is_time ? fmt::format("2000-01-01T{}", text) : std::string(text);
    const poll_pbx_settings utc;
    const cdr_table_settings none;
    const cdr_table table(none);
    poll_sessions sessions(utc);
    const played_pbx clock{utc, table, sessions};
    constexpr std::int64_t never = std::numeric_limits<std::int64_t>::min();
    const std::int64_t time = clock.utc_of(whole, never);
    return time == never ? std::nullopt : std::optional(time - offset_s);
}

class grandstream final : public poll_family {
public:
    explicit grandstream(played_pbx& pbx) : pbx_(pbx), guard_(pbx) {}

    poll_reply answer(const poll_question& question) override {
        if (pbx_.refuse == poll_refusal::disabled) return {"not found\n", 404, "text/plain"};
        const digest_verdict verdict = guard_.judge(question);
        if (verdict != digest_verdict::right) {
            pbx_.logins_refused += verdict == digest_verdict::wrong ? 1 : 0;
            pbx_.expired += verdict == digest_verdict::stale ? 1 : 0;
            return guard_.challenge(question, verdict == digest_verdict::stale);
        }
        ++pbx_.logins;
        if (pbx_.refuse != poll_refusal::none)
            return {"<html><body><h1>403 Forbidden</h1></body></html>\n", 403, "text/html"};
        if (question.path == "/cdrapi") return cdrs(question);
        if (question.path == "/recapi") return recordings(question);
        return {"not found\n", 404, "text/plain"};
    }

    std::string key(const sim_cdr& row) const override { return ucm_session(row); }
    std::string recording(const sim_cdr& row) const override {
        return fmt::format("{}", fmt::join(ucm_recordings(row), "@"));
    }
    poll_reply mistaken() const override {
        return {R"({"response":{"cdr_root":[]},"status":-10})"};
    }

private:
    struct wanted {
        std::string format = "csv";
        std::uint64_t count = record_count_max;
        std::uint64_t offset = 0;
        std::int64_t from = std::numeric_limits<std::int64_t>::min() / 4;
        std::int64_t to = std::numeric_limits<std::int64_t>::max() / 4;
        std::uint64_t shortest = 0;
        std::uint64_t longest = std::numeric_limits<std::uint64_t>::max();
        std::vector<std::string> caller{};
        std::vector<std::string> callee{};
        std::vector<std::string> answered_by{};
    };

    // False for what the PBX answers with an empty container.
    static bool add_numbers(std::vector<std::string>& to, std::string_view list) {
        if (list.empty() || list.front() == ',') return false;
        while (!list.empty()) {
            const std::string_view one = list.substr(0, list.find(','));
            list.remove_prefix(std::min(list.size(), one.size() + 1));
            const bool pattern = one.find_first_of("@_") != std::string_view::npos;
            if (one.empty() || (!pattern && std::count(one.begin(), one.end(), '-') > 1))
                return false;
            to.emplace_back(one);
        }
        return true;
    }

    static bool set_number(std::uint64_t& to, std::string_view text) {
        const auto number = to_number(text);
        to = number.value_or(0);
        return number.has_value();
    }

    static bool set_time(std::int64_t& to, std::string_view text, std::int64_t now_s) {
        const auto time = to_time(text, now_s);
        to = time.value_or(0);
        return time.has_value();
    }

    static bool read_one(wanted& into, const std::string& name, std::string_view value,
                         std::int64_t now_s) {
        if (name == "caller") return add_numbers(into.caller, value);
        if (name == "callee") return add_numbers(into.callee, value);
        if (name == "answeredby") return add_numbers(into.answered_by, value);
        if (name == "numRecords") return set_number(into.count, value);
        if (name == "offset") return set_number(into.offset, value);
        if (name == "minDur") return set_number(into.shortest, value);
        if (name == "maxDur") return set_number(into.longest, value);
        if (name == "startTime") return set_time(into.from, value, now_s);
        if (name == "endTime") return set_time(into.to, value, now_s);
        return name == "format";  // read before all others
    }

    static bool read(const poll_question& question, wanted& into) {
        bool good = !question.target.ends_with('&');
        std::vector<std::string_view> seen;
        for (const auto& [name, value] : question.parameters) {
            good = good && !value.empty() && read_one(into, name, value, question.now_s);
            if (name == "caller" || name == "callee") continue;
            good = good && std::find(seen.begin(), seen.end(), name) == seen.end();
            seen.push_back(name);
        }
        return good;
    }

    static bool is_named(const std::vector<std::string>& wanted, std::string_view number) {
        return wanted.empty() || std::any_of(wanted.begin(), wanted.end(), [&](const auto& one) {
                   return matches_one(one, number);
               });
    }

    std::vector<sim_cdr> matching(const wanted& want) const {
        std::vector<sim_cdr> found = pbx_.rows(want.from, want.to);
        std::erase_if(found, [&](const sim_cdr& row) {
            const auto billed = static_cast<std::uint64_t>(row.billed());
            return !is_named(want.caller, row.source) || !is_named(want.callee, row.reached) ||
                   !is_named(want.answered_by, row.answer != 0 ? row.reached : "") ||
                   billed < want.shortest || billed > want.longest;
        });
        const auto skipped = std::min<std::uint64_t>(want.offset, found.size());
        found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(skipped));
        found.resize(std::min<std::uint64_t>({found.size(), want.count, record_count_max}));
        return found;
    }

    poll_reply cdrs(const poll_question& question) const {
        wanted want;
        if (question.has("format")) want.format = question.find("format");
        for (char& letter : want.format)
            letter = static_cast<char>(letter | 0x20);
        std::vector<sim_cdr> rows;
        if (read(question, want)) rows = matching(want);
        const bool json = want.format == "json";
        const bool xml = want.format == "xml";
        if (!json && !xml && want.format != "csv") rows.clear();
        std::string text = json ? "{\n\"cdr_root\": [" : xml ? "<root>\n" : ucm_csv_header();
        for (const sim_cdr& row : rows) {
            const auto records = ucm_records(pbx_, row, question.now_s);
            if (json && text.back() == '}') text += ',';
            if (json) append_ucm_json(text += '\n', records);
            if (xml) append_ucm_xml(text, records);
            if (!json && !xml) append_ucm_csv(text, records);
        }
        text += json ? "\n]\n}\n" : xml ? "</root>\n" : "";
        return {text, 200, json ? "application/json" : xml ? "application/xml" : "text/csv"};
    }

    // The row of a recording: its name tells when it began, and the row's number.
    std::optional<sim_cdr> row_of(std::string_view file, std::int64_t now_s) const {
        if (!file.starts_with("auto-") || file.size() < 22) return std::nullopt;
        const auto number = to_number(file.substr(15, 6));
        if (!number || *number == 0 || *number > pbx_.table.count()) return std::nullopt;
        sim_cdr row = pbx_.table.row(*number);
        const auto files = ucm_recordings(row);
        if (!pbx_.has_recording(row, now_s) ||
            std::find(files.begin(), files.end(), file) == files.end())
            return std::nullopt;
        return row;
    }

    poll_reply recordings(const poll_question& question) {
        for (const std::string_view name : {"filedir", "filename"}) {
            const auto count = std::count_if(question.parameters.begin(), question.parameters.end(),
                                             [&](const auto& one) { return one.first == name; });
            if (count > 1 || (count == 1 && question.find(name).empty()))
                return {"not found\n", 404, "text/plain"};
        }
        if (question.has("filename")) return download(question);
        if (!question.has("filedir"))
            return {"monitor\nmeetme\nqueue\nvoicemail/default\n", 200, "text/csv"};
        std::string list;
        std::string_view directories = question.find("filedir");
        while (!directories.empty()) {
            const std::string_view one = directories.substr(0, directories.find('@'));
            directories.remove_prefix(std::min(directories.size(), one.size() + 1));
            if (one != "monitor") continue;
            for (const sim_cdr& row : pbx_.rows(0, question.now_s))
                if (pbx_.has_recording(row, question.now_s))
                    list += fmt::format("{}\n", fmt::join(ucm_recordings(row), "\n"));
        }
        return {list, 200, "text/csv"};
    }

    poll_reply download(const poll_question& question) {
        std::vector<std::pair<std::string, std::string>> files;
        std::string_view names = question.find("filename");
        const bool in_monitor =
            !question.has("filedir") || question.find("filedir") == std::string_view("monitor");
        while (in_monitor && !names.empty()) {
            const std::string_view one = names.substr(0, names.find('@'));
            names.remove_prefix(std::min(names.size(), one.size() + 1));
            if (one.find(' ') != std::string_view::npos || one.find("..") != std::string_view::npos)
                continue;
            const auto row = row_of(one.substr(0, file_name_size_max), question.now_s);
            if (row) files.emplace_back(one, make_wave(one, row->billed()));
        }
        if (files.empty()) return {"not found\n", 404, "text/plain"};
        pbx_.downloads += files.size();
        if (files.size() == 1) return {files.front().second, 200, "audio/x-wav"};
        std::string tar;
        for (const auto& [name, bytes] : files)
            append_tar_entry(tar, name, bytes);
        end_tar(tar);
        poll_reply packed{tar, 200, "application/x-tar"};
        packed.headers =
            fmt::format("Content-Disposition: attachment; filename=\"{}.tar\"\r\n", question.now_s);
        return packed;
    }

    played_pbx& pbx_;
    digest_guard guard_;
};

}  // namespace

std::unique_ptr<poll_family> make_grandstream(played_pbx& pbx) {
    return std::make_unique<grandstream>(pbx);
}

}  // namespace callstream::sim
