#include "bench/sim_poll_family.h"

#include <array>
#include <charconv>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/digest.h"

namespace callstream::sim {

namespace {

std::string decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
        if (byte && byte->size() == 1) {
            plain += *byte;
            i += 2;
        } else {
            plain += text[i] == '+' ? ' ' : text[i];
        }
    }
    return plain;
}

}  // namespace

std::string_view poll_question::find(std::string_view name) const noexcept {
    for (const auto& [known, value] : parameters)
        if (known == name) return value;
    return {};
}

bool poll_question::has(std::string_view name) const noexcept {
    for (const auto& [known, value] : parameters)
        if (known == name) return true;
    return false;
}

std::vector<std::pair<std::string, std::string>> parse_parameters(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> found;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        found.emplace_back(decoded(pair.substr(0, equals)),
                           decoded(pair.substr(std::min(pair.size(), equals + 1))));
    }
    return found;
}

void read_target(poll_question& question, std::string_view path, std::string_view query) {
    question.path = path;
    question.target = query.empty() ? std::string(path) : fmt::format("{}?{}", path, query);
    question.parameters = parse_parameters(query);
}

std::string poll_sessions::open(std::int64_t now_s) {
    std::string id = fmt::format("{:016x}{:016x}", random_(), random_());
    until_[id] = now_s + settings_.session_life_s;
    return id;
}

bool poll_sessions::is_open(std::string_view id, std::int64_t now_s) const {
    const auto known = until_.find(id);
    return known != until_.end() && now_s < known->second;
}

std::string played_pbx::local_time(std::int64_t utc_s) const {
    return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(utc_s + settings.offset_s));
}

std::int64_t played_pbx::utc_of(std::string_view local, std::int64_t otherwise) const {
    std::array<int, 6> parts{0, 1, 1, 0, 0, 0};
    std::size_t count = 0;
    const char* at = local.data();
    const char* const end = local.data() + local.size();
    while (count < parts.size() && at < end) {
        const auto read = std::from_chars(at, end, parts[count]);
        if (read.ec != std::errc{}) return otherwise;
        ++count;
        at = read.ptr + 1;
    }
    if (count < 3 || parts[0] < 1970 || parts[0] > 9999) return otherwise;
    std::tm fields{};
    fields.tm_year = parts[0] - 1900;
    fields.tm_mon = parts[1] - 1;
    fields.tm_mday = parts[2];
    fields.tm_hour = parts[3];
    fields.tm_min = parts[4];
    fields.tm_sec = parts[5];
    return timegm(&fields) - settings.offset_s;
}

bool played_pbx::has_recording(const sim_cdr& row, std::int64_t now_s) const {
    return row.recorded && now_s >= row.end + settings.recording_delay_s &&
           deleted_recordings.count(row.number) == 0;
}

std::vector<sim_cdr> played_pbx::rows(std::int64_t from, std::int64_t to) const {
    std::vector<sim_cdr> found = table.started_between(from, to);
    std::erase_if(found, [this](const sim_cdr& row) { return deleted.count(row.number) > 0; });
    return found;
}

poll_reply login_page() {
    return {
        "<!DOCTYPE html>\n<html><head><title>Login</title></head><body><form method=\"post\" "
        "action=\"/login\"><input name=\"username\"><input name=\"password\" "
        "type=\"password\"></form></body></html>\n",
        200, "text/html; charset=utf-8"};
}

}  // namespace callstream::sim
