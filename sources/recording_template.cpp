#include "sources/recording_template.h"

#include <array>
#include <optional>

namespace callstream::sources {

namespace {

constexpr std::size_t recording_name_size_max = 120;  // of each part of a path

// The value of a placeholder, or nothing if there is none of that name.
std::optional<std::string> value_of(std::string_view name, const recording_facts& facts) {
    std::array<char, rfc3339_size> moment{};
    format_rfc3339(facts.time, moment);
    const std::string_view time(moment.data(), moment.size());
    if (name == "pbx") return to_file_name(facts.pbx);
    if (name == "date") return std::string(time.substr(0, 10));
    if (name == "time")
        return std::string(time.substr(11, 2))
            .append(time.substr(14, 2))
            .append(time.substr(17, 2));
    if (name == "call_id") return to_file_name(facts.call_id);
    if (name == "leg_id") return to_file_name(facts.leg_id);
    if (name == "file") return to_file_name(facts.file);
    return std::nullopt;
}

// The template filled in, or nothing if it names what is not known.
std::optional<std::string> fill(std::string_view text, const recording_facts& facts) {
    std::string out;
    while (!text.empty()) {
        const std::size_t begin = text.find('{');
        out.append(text.substr(0, begin));
        if (begin == std::string_view::npos) return out;
        const std::size_t end = text.find('}', begin);
        if (end == std::string_view::npos) return std::nullopt;
        const auto value = value_of(text.substr(begin + 1, end - begin - 1), facts);
        if (!value) return std::nullopt;
        out.append(*value);
        text.remove_prefix(end + 1);
    }
    return out;
}

bool stays_below(std::string_view path) {
    for (;;) {
        const std::size_t end = path.find('/');
        const std::string_view part = path.substr(0, end);
        if (part.empty() || part.front() == '.') return false;
        if (end == std::string_view::npos) return true;
        path.remove_prefix(end + 1);
    }
}

}  // namespace

std::string to_file_name(std::string_view text) {
    std::string name(text.substr(0, recording_name_size_max));
    for (char& c : name) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                           (c >= 'a' && c <= 'z') ||
                           std::string_view("-_.+@").find(c) != std::string_view::npos;
        if (!plain) c = '_';
    }
    if (name.empty()) return "_";
    if (name.front() == '.') name.front() = '_';
    return name;
}

result<recording_template> recording_template::parse(std::string_view text) {
    if (text.find("{file}") == std::string_view::npos)
        return failure(errc::bad_config, "must hold {file}, or recordings would be one file");
    if (text.find('\0') != std::string_view::npos)
        return failure(errc::bad_config, "must be a path");
    const auto filled = fill(text, {});
    if (!filled)
        return failure(errc::bad_config,
                       "may hold {pbx}, {date}, {time}, {call_id}, {leg_id} and {file} only");
    if (!stays_below(*filled))
        return failure(errc::bad_config,
                       "must stay below the directory: no part may be empty or begin with a point");
    recording_template parsed;
    parsed.text_ = text;
    return parsed;
}

std::string recording_template::path_of(const recording_facts& facts) const {
    return fill(text_, facts).value_or("_");
}

}  // namespace callstream::sources
