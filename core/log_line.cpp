#include "core/log_line.h"

#include <algorithm>
#include <array>
#include <utility>

namespace callstream {

namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

std::string_view name_of(log_level level) noexcept {
    return level_names[static_cast<std::size_t>(level)];
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

// To the millisecond: 2026-07-30T12:53:21.512Z.
std::string_view format_time(timestamp time, std::array<char, rfc3339_size>& out) noexcept {
    format_rfc3339(time, out);
    constexpr std::size_t size = rfc3339_size - 3;
    out[size - 1] = 'Z';
    return {out.data(), size};
}

void append_escaped(std::string& out, std::string_view value) {
    static constexpr std::string_view hex = "0123456789abcdef";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else if (is_control(c)) {
            const auto byte = static_cast<unsigned char>(c);
            out += {'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
        } else {
            out += c;
        }
    }
}

void append_quoted(std::string& out, std::string_view value) {
    out += '"';
    append_escaped(out, value);
    out += '"';
}

bool needs_quotes(std::string_view value) noexcept {
    return value.empty() || std::any_of(value.begin(), value.end(), [](char c) {
               return c == ' ' || c == '"' || c == '=' || c == '\\' || is_control(c);
           });
}

std::string format_text(const log_line& line) {
    std::array<char, rfc3339_size> time;
    std::string out(format_time(line.time, time));
    const std::string_view level = name_of(line.level);
    out.append(" ").append(level).append(7 - level.size(), ' ');
    append_escaped(out, line.words);
    out += ' ';
    const auto append = [&out](std::string_view key, std::string_view value, bool plain) {
        out.append(" ").append(key).append("=");
        if (!plain && needs_quotes(value))
            append_quoted(out, value);
        else
            out += value;
    };
    for (const log_field& field : line.fields)
        append(field.key, field.value, field.plain);
    if (line.suppressed_count > 0)
        append("suppressed", std::to_string(line.suppressed_count), true);
    else if (line.fields.empty())
        out.pop_back();
    return out;
}

std::string format_json(const log_line& line) {
    std::array<char, rfc3339_size> time;
    std::string out = R"({"time":")";
    out.append(format_time(line.time, time)).append(R"(","level":")").append(name_of(line.level));
    out += R"(","message":)";
    append_quoted(out, line.words);
    const auto append = [&out](std::string_view key, std::string_view value, bool plain) {
        out += ',';
        append_quoted(out, key);
        out += ':';
        if (plain)
            out += value;
        else
            append_quoted(out, value);
    };
    for (const log_field& field : line.fields)
        append(field.key, field.value, field.plain);
    if (line.suppressed_count > 0)
        append("suppressed", std::to_string(line.suppressed_count), true);
    out += '}';
    return out;
}

}  // namespace

std::string format_log_line(const log_line& line, log_format format) {
    return format == log_format::json ? format_json(line) : format_text(line);
}

std::optional<std::uint64_t> log_limiter::admit(std::string_view words,
                                                std::span<const log_field> fields,
                                                clock::time_point now) {
    constexpr std::chrono::seconds quiet{1};
    key_ = words;
    if (!fields.empty()) key_.append(1, '\0').append(fields.front().value);
    const auto found = lines_.find(key_);
    if (found == lines_.end()) {
        if (lines_.size() >= remembered_count_max)
            std::erase_if(lines_,
                          [&](const auto& line) { return now - line.second.last >= quiet; });
        // A flood of ever new lines is let through rather than remembered without bound.
        if (lines_.size() < remembered_count_max) lines_.emplace(key_, seen{now});
        return 0;
    }
    if (now - found->second.last < quiet) {
        ++found->second.suppressed_count;
        return std::nullopt;
    }
    found->second.last = now;
    return std::exchange(found->second.suppressed_count, 0);
}

}  // namespace callstream
